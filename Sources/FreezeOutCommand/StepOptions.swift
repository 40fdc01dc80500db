import ArgumentParser
import Training

/// How a GPU makes training steps.
struct StepOptions: ParsableArguments {
  @Flag(
    help:
      "Give a GPU every operation of a training step by itself, not a recorded graph of the step."
  )
  var eagerSteps = false

  /// How a device makes them; nil for what suits it.
  ///
  /// - Throws: `UsageError` for the CPU, which has no graphs.
  func steps(on device: Device) throws -> DeviceSteps? {
    guard eagerSteps else { return nil }
    guard device != .cpu else {
      throw UsageError(description: "--eager-steps is for GPUs: drop it, or use --device cuda")
    }
    return .eager
  }
}
