import ArgumentParser
import Training

/// How a GPU makes training steps.
struct StepOptions: ParsableArguments {
  @Flag(
    help:
      "Give a GPU every operation of a training step by itself, not a recorded graph of the step."
  )
  var eagerSteps = false

  /// On the CPU as well as a GPU makes them, for tests.
  @Flag(help: .hidden)
  var deviceSteps = false

  /// How a device makes them; nil for what suits it.
  ///
  /// - Throws: `UsageError` for the CPU, which has no graphs.
  func steps(on device: Device) throws -> DeviceSteps? {
    guard device == .cpu, !deviceSteps else { return eagerSteps ? .eager : .recorded }
    guard !eagerSteps else {
      throw UsageError(description: "--eager-steps is for GPUs: drop it, or use --device cuda")
    }
    return nil
  }
}
