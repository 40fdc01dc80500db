import FreezeOut
import Models
import Torch
import TorchNN

extension RecordedCase {
  /// A learner of the case's network, its weights not yet the recorded ones.
  ///
  /// - Throws: `KernelsError`, `RecordedCaseError` for settings that no run can have, `TorchError`
  func learner(precision: ScalarType, device: Device, kernels: Kernels) throws -> Learner {
    try kernels.requireAvailable(on: device)
    do {
      let network = try network(precision: precision, device: device, kernels: kernels)
      return try Learner(
        network: network,
        schedule: schedule(layerCount: network.stages.count),
        rule: GradientDescent(
          momentum: description.momentum,
          weightDecay: description.weightDecay,
          nesterov: description.nesterov
        ),
        seed: 0,
        device: device
      )
    } catch let error where FailureKind(error) == .setting {
      // A setting that a file makes is the file's fault.
      throw RecordedCaseError.malformed("case.json: \(error)")
    }
  }

  private func network(
    precision: ScalarType,
    device: Device,
    kernels: Kernels
  ) throws -> Network {
    let architecture = try architecture
    try architecture.validate()
    let needed = architecture.parameterCount(classCount: description.classes)
    guard !tensors.under("initial/").lacks(needed) else {
      throw RecordedCaseError.malformed("\(architecture) has more numbers than the initial weights")
    }
    return try architecture.makeNetwork(
      classCount: description.classes,
      from: WeightInitializer(
        seed: 0,
        device: device,
        scalarType: precision,
        memoryFormat: .contiguous
      ),
      kernels: kernels
    )
  }

  private func schedule(layerCount: Int) throws -> Schedule {
    try Schedule(
      layerCount: layerCount,
      iterations: description.iterations,
      firstFreeze: description.firstFreeze,
      growth: description.growth,
      scalesLearningRates: description.scalesLearningRates,
      baseLearningRate: description.learningRate
    )
  }
}

/// The inputs and labels of a case, step by step.
struct RecordedBatches {
  private let inputs: [Float]
  private let targets: [Int64]
  private let inputShape: [Int]
  private let batchSize: Int
  private let precision: ScalarType

  init(_ recorded: RecordedCase, minimumBatchSize: Int, precision: ScalarType) throws {
    self.precision = precision
    guard
      let inputs = recorded.tensors.tensors["inputs"],
      let labels = recorded.tensors.tensors["labels"]
    else {
      throw RecordedCaseError.malformed("the case lacks inputs or labels")
    }
    let (steps, batch) = (recorded.description.steps, recorded.description.batchSize)
    let side = Architecture.imageSize
    guard batch >= minimumBatchSize else {
      throw RecordedCaseError.malformed(
        "batches of \(batch) images, where the network needs \(minimumBatchSize)"
      )
    }
    guard inputs.shape == [steps, batch, 3, side, side], labels.shape == [steps, batch] else {
      throw RecordedCaseError.malformed(
        "inputs \(inputs.shape) and labels \(labels.shape) are not \(steps) batches of \(batch)"
      )
    }
    self.inputs = try inputs.floats()
    targets = try labels.integers()
    let classes = recorded.description.classes
    if let label = targets.first(where: { !(0..<Int64(classes)).contains($0) }) {
      throw RecordedCaseError.malformed("the label \(label) is none of \(classes) classes")
    }
    inputShape = [batch, 3, side, side]
    batchSize = batch
  }

  func images(_ step: Int) throws -> Tensor {
    let count = inputShape.reduce(1, *)
    return try Tensor(Array(inputs[step * count..<(step + 1) * count]), shape: inputShape)
      .converted(to: precision)
  }

  func labels(_ step: Int) throws -> Tensor {
    try Tensor(Array(targets[step * batchSize..<(step + 1) * batchSize]), shape: [batchSize])
  }
}
