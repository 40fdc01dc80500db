import Testing
import Torch

/// A call that must be refused, and what the error must say.
struct RefusedCall: Sendable, CustomTestStringConvertible {
  let what: String
  let operation: String
  let shapes: [[Int]]
  /// A piece of libtorch's or our own explanation.
  let reason: String
  let call: @Sendable () throws -> Void

  var testDescription: String { what }
}

private func zeros(_ shape: Int...) throws -> Tensor { try .full(shape, value: 0) }

private func labels(_ values: Int64...) throws -> Tensor {
  try Tensor(values, shape: [values.count])
}

private func batchNorm(_ input: Tensor, channels: Int, training: Bool) throws {
  _ = try input.batchNormalized(
    weight: zeros(channels),
    bias: zeros(channels),
    runningMean: zeros(channels),
    runningVariance: zeros(channels),
    training: training,
    momentum: 0.1,
    epsilon: 1e-5
  )
}

let refusedCalls: [RefusedCall] = [
  .init(
    what: "fewer numbers than the shape",
    operation: "Tensor",
    shapes: [],
    reason: "a tensor of sizes [2, 2] takes 16 bytes, not 12",
    call: { _ = try Tensor([Float(1), 2, 3], shape: [2, 2]) }
  ),
  .init(
    what: "more numbers than the shape",
    operation: "Tensor",
    shapes: [],
    reason: "a tensor of sizes [1] takes 8 bytes, not 16",
    call: { _ = try Tensor([Int64(1), 2], shape: [1]) }
  ),
  .init(
    what: "a negative size",
    operation: "Tensor",
    shapes: [],
    reason: "negative dimension",
    call: { _ = try Tensor([Float(1)], shape: [-1]) }
  ),
  .init(
    what: "sizes whose product overflows",
    operation: "full",
    shapes: [],
    reason: "overflow",
    call: { _ = try Tensor.full([Int.max, Int.max], value: 0) }
  ),
  .init(
    what: "channels last of other than four sizes",
    operation: "Tensor",
    shapes: [],
    reason: "rank 4",
    call: { _ = try Tensor(channelsLast: [2, 3]) { _ in } }
  ),
  .init(
    what: "arranging two sizes with channels last",
    operation: "arranged",
    shapes: [[2, 3]],
    reason: "rank 4",
    call: { _ = try zeros(2, 3).arranged(in: .channelsLast) }
  ),
  .init(
    what: "assigning other sizes",
    operation: "assign",
    shapes: [[2, 3], [3, 2]],
    reason: "sizes [3, 2] do not fit [2, 3]",
    call: { try zeros(2, 3).assign(zeros(3, 2)) }
  ),
  .init(
    what: "assigning sizes that could be repeated",
    operation: "assign",
    shapes: [[2, 3], [3]],
    reason: "sizes [3] do not fit [2, 3]",
    call: { try zeros(2, 3).assign(zeros(3)) }
  ),
  .init(
    what: "one number of several",
    operation: "item",
    shapes: [[2]],
    reason: "2 elements",
    call: { _ = try zeros(2).item() }
  ),
  .init(
    what: "a copy into memory of another size",
    operation: "copyBytes",
    shapes: [[2]],
    reason: "a tensor of sizes [2] has 8 bytes, not 7",
    call: {
      var bytes = [UInt8](repeating: 0, count: 7)
      let tensor = try zeros(2)
      try bytes.withUnsafeMutableBytes { try tensor.copyBytes(to: $0) }
    }
  ),
  .init(
    what: "a convolution of other channels",
    operation: "convolved",
    shapes: [[1, 3, 8, 8], [4, 2, 3, 3]],
    reason: "to have 2 channels, but got 3 channels instead",
    call: { _ = try zeros(1, 3, 8, 8).convolved(weight: zeros(4, 2, 3, 3)) }
  ),
  .init(
    what: "a convolution that steps nowhere",
    operation: "convolved",
    shapes: [[1, 2, 8, 8], [4, 2, 3, 3]],
    reason: "stride",
    call: { _ = try zeros(1, 2, 8, 8).convolved(weight: zeros(4, 2, 3, 3), stride: 0) }
  ),
  .init(
    what: "a convolution larger than the image",
    operation: "convolved",
    shapes: [[1, 2, 2, 2], [4, 2, 3, 3]],
    reason: "Kernel size can't be greater than actual input size",
    call: { _ = try zeros(1, 2, 2, 2).convolved(weight: zeros(4, 2, 3, 3)) }
  ),
  .init(
    what: "an affine map of other features",
    operation: "linear",
    shapes: [[2, 3], [5, 4], [5]],
    reason: "cannot be multiplied",
    call: { _ = try zeros(2, 3).linear(weight: zeros(5, 4), bias: zeros(5)) }
  ),
  .init(
    what: "batch norm of other channels",
    operation: "batchNormalized",
    shapes: [[2, 3], [2], [2], [2], [2]],
    reason: "should contain 3 elements",
    call: { try batchNorm(zeros(2, 3), channels: 2, training: true) }
  ),
  .init(
    what: "training batch norm on one value a channel",
    operation: "batchNormalized",
    shapes: [[1, 3, 1, 1], [3], [3], [3], [3]],
    reason: "batch norm needs more than one value a channel to train, not [1, 3, 1, 1]",
    call: { try batchNorm(zeros(1, 3, 1, 1), channels: 3, training: true) }
  ),
  .init(
    what: "batch norm without channels",
    operation: "batchNormalized",
    shapes: [[3], [3], [3], [3], [3]],
    reason: "batch norm needs [N, C, ...], not [3]",
    call: { try batchNorm(zeros(3), channels: 3, training: false) }
  ),
  .init(
    what: "a dropout of everything",
    operation: "droppedOut",
    shapes: [[2]],
    reason: "a dropout probability outside of [0, 1): 1",
    call: { _ = try zeros(2).droppedOut(probability: 1, from: Generator(seed: 0)) }
  ),
  .init(
    what: "a negative dropout",
    operation: "droppedOut",
    shapes: [[2]],
    reason: "a dropout probability outside of [0, 1): -0.5",
    call: { _ = try zeros(2).droppedOut(probability: -0.5, from: Generator(seed: 0)) }
  ),
  .init(
    what: "a dropout that is not a number",
    operation: "droppedOut",
    shapes: [[2]],
    reason: "a dropout probability outside of [0, 1): nan",
    call: { _ = try zeros(2).droppedOut(probability: .nan, from: Generator(seed: 0)) }
  ),
  .init(
    what: "windows of no size",
    operation: "averagePooled",
    shapes: [[1, 1, 4, 4]],
    reason: "zero",
    call: { _ = try zeros(1, 1, 4, 4).averagePooled(size: 0) }
  ),
  .init(
    what: "windows larger than the image",
    operation: "maxPooled",
    shapes: [[1, 1, 1, 1]],
    reason: "Output size is too small",
    call: { _ = try zeros(1, 1, 1, 1).maxPooled(size: 2) }
  ),
  .init(
    what: "the mean over an image that is none",
    operation: "globallyAveragePooled",
    shapes: [[2, 3]],
    reason: "Dimension out of range",
    call: { _ = try zeros(2, 3).globallyAveragePooled() }
  ),
  .init(
    what: "joining nothing",
    operation: "concatenated",
    shapes: [],
    reason: "non-empty list",
    call: { _ = try Tensor.concatenated([]) }
  ),
  .init(
    what: "joining other images",
    operation: "concatenated",
    shapes: [[1, 2, 4, 4], [1, 2, 3, 3]],
    reason: "Sizes of tensors must match",
    call: { _ = try Tensor.concatenated([zeros(1, 2, 4, 4), zeros(1, 2, 3, 3)]) }
  ),
  .init(
    what: "a sum of sizes that could be repeated",
    operation: "adding",
    shapes: [[2, 3], [1, 3]],
    reason: "cannot add sizes [2, 3] and [1, 3]",
    call: { _ = try zeros(2, 3).adding(zeros(1, 3)) }
  ),
  .init(
    what: "flattening a tensor of one dimension",
    operation: "flattened",
    shapes: [[3]],
    reason: "Dimension out of range",
    call: { _ = try zeros(3).flattened() }
  ),
  .init(
    what: "a label as large as the number of classes",
    operation: "negativeLogLikelihood",
    shapes: [[2, 3], [2]],
    reason: "Target 3 is out of bounds",
    call: { _ = try zeros(2, 3).negativeLogLikelihood(labels: labels(0, 3)) }
  ),
  .init(
    what: "a negative label",
    operation: "negativeLogLikelihood",
    shapes: [[2, 3], [2]],
    reason: "Target -1 is out of bounds",
    call: { _ = try zeros(2, 3).negativeLogLikelihood(labels: labels(-1, 0)) }
  ),
  .init(
    what: "the label that PyTorch ignores by default",
    operation: "negativeLogLikelihood",
    shapes: [[2, 3], [2]],
    reason: "Target -100 is out of bounds",
    call: { _ = try zeros(2, 3).negativeLogLikelihood(labels: labels(-100, 0)) }
  ),
  .init(
    what: "another number of labels",
    operation: "negativeLogLikelihood",
    shapes: [[2, 3], [3]],
    reason: "size mismatch (got input: [2, 3], target: [3])",
    call: { _ = try zeros(2, 3).negativeLogLikelihood(labels: labels(0, 1, 2)) }
  ),
  .init(
    what: "labels that are not integers",
    operation: "negativeLogLikelihood",
    shapes: [[2, 3], [2]],
    reason: "expected target dtype to be Long",
    call: { _ = try zeros(2, 3).negativeLogLikelihood(labels: zeros(2)) }
  ),
  .init(
    what: "errors against another number of labels",
    operation: "errorCount",
    shapes: [[2, 3], [1]],
    reason: "scores [2, 3] and labels [1] do not belong together",
    call: { _ = try zeros(2, 3).errorCount(labels: labels(0)) }
  ),
  .init(
    what: "a backward pass without a graph",
    operation: "backward",
    shapes: [[1]],
    reason: "does not require grad",
    call: { try zeros(1).backward() }
  ),
  .init(
    what: "a backward pass from several elements",
    operation: "backward",
    shapes: [[2]],
    reason: "scalar",
    call: { try Tensor.leaf([2], seed: 1).relu().backward() }
  ),
  .init(
    what: "a second backward pass through a released graph",
    operation: "backward",
    shapes: [[]],
    reason: "second time",
    call: {
      let loss = try Tensor.leaf([1, 2], seed: 1).logSoftmax()
        .negativeLogLikelihood(labels: labels(0))
      try loss.backward()
      try loss.backward()
    }
  ),
  .init(
    what: "a gradient of integers",
    operation: "setRequiresGradient",
    shapes: [[1]],
    reason: "floating point",
    call: { try labels(0).setRequiresGradient(true) }
  ),
  .init(
    what: "no gradient for what an operation made",
    operation: "setRequiresGradient",
    shapes: [[2]],
    reason: "leaf",
    call: { try Tensor.leaf([2], seed: 1).relu().setRequiresGradient(false) }
  ),
  .init(
    what: "ReLU over a leaf that wants a gradient",
    operation: "reluInPlace",
    shapes: [[2]],
    reason: "in-place",
    call: { _ = try Tensor.leaf([2], seed: 1).reluInPlace() }
  ),
  .init(
    what: "a negative deviation",
    operation: "fillNormal",
    shapes: [[2]],
    reason: "normal expects std >= 0.0",
    call: { try zeros(2).fillNormal(deviation: -1, from: Generator(seed: 0)) }
  ),
  .init(
    what: "no threads",
    operation: "setThreadCount",
    shapes: [],
    reason: "a number of threads outside of 1 to 1024: 0",
    call: { try Runtime.setThreadCount(0) }
  ),
]

struct OperationErrorTests {
  @Test(arguments: refusedCalls)
  func `what cannot be done throws an error with operation, shapes and reason`(
    refused: RefusedCall
  ) throws {
    let error = #expect(throws: TorchError.self) { try refused.call() }
    #expect(error?.operation == refused.operation)
    #expect(error?.operandShapes == refused.shapes)
    #expect(error?.message.contains(refused.reason) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("Exception raised from") == false, "no backtrace")
  }

  @Test
  func `an error reads as one sentence`() {
    let error = TorchError(
      operation: "adding",
      operandShapes: [[2, 3], []],
      message: "cannot add sizes [2, 3] and []"
    )
    #expect(error.description == "adding of [2, 3], [] failed: cannot add sizes [2, 3] and []")
    #expect(
      TorchError(operation: "cudaDeviceCount", message: "no driver").description
        == "cudaDeviceCount failed: no driver"
    )
  }

  @Test
  func `an error does not change what the next operation says`() throws {
    _ = #expect(throws: TorchError.self) { _ = try zeros(2).adding(zeros(3)) }
    #expect(try zeros(2).adding(zeros(2)).floats() == [0, 0])
    let error = #expect(throws: TorchError.self) { _ = try zeros(4).adding(zeros(5)) }
    #expect(error?.message.contains("[4] and [5]") == true)
  }
}
