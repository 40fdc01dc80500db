import Testing
import Torch

/// What PyTorch computes of operands that `numbers` fills.
struct OperationGolden: Sendable, CustomTestStringConvertible {
  let name: String
  let operation: @Sendable ([Tensor]) throws -> Tensor
  let operandShapes: [[Int]]
  let outputShape: [Int]
  let output: [Double]
  let gradients: [[Double]]
  var runningMean: [Double]?
  var runningVariance: [Double]?

  var testDescription: String { name }
}

/// The running mean and variance that batch norm starts from in every golden.
@TaskLocal private var statistics: (mean: Tensor, variance: Tensor)?

/// Batch norm of operands `[input, weight, bias]` with the goldens' constants.
func batchNorm(_ operands: [Tensor], training: Bool) throws -> Tensor {
  let statistics = try #require(statistics)
  return try operands[0].batchNormalized(
    weight: operands[1],
    bias: operands[2],
    runningMean: statistics.mean,
    runningVariance: statistics.variance,
    training: training,
    momentum: 0.1,
    epsilon: 1e-5
  )
}

struct OperationTests {
  @Test(arguments: operationGoldens, [MemoryFormat.contiguous, .channelsLast])
  func `an operation and its derivatives are PyTorch's in either order of memory`(
    golden: OperationGolden,
    format: MemoryFormat
  ) throws {
    let mean = try Tensor([Float(0.25), -0.5], shape: [2])
    let variance = try Tensor([Float(1.5), 0.75], shape: [2])
    let operands = try golden.operandShapes.enumerated().map { index, shape in
      var operand = try Tensor.numbered(shape, seed: index + 1)
      if shape.count == 4 {
        operand = try operand.arranged(in: format)
      }
      try operand.setRequiresGradient(true)
      return operand
    }
    let output = try $statistics.withValue((mean, variance)) { try golden.operation(operands) }
    // A loss has no dimensions; the golden's is [1, 1].
    #expect(output.shape == (golden.outputShape == [1, 1] ? [] : golden.outputShape))
    expectClose(try output.floats(), golden.output, "the output")

    if output.shape.isEmpty {
      try output.backward()
    } else {
      let rows = output.shape[0]
      try output.weightedSum(
        rows: numbers(rows, seed: 7),
        columns: numbers(output.elementCount / rows, seed: 8)
      ).backward()
    }
    for (index, expected) in golden.gradients.enumerated() {
      let gradient = try #require(try operands[index].gradient)
      #expect(gradient.shape == golden.operandShapes[index])
      // The golden's loss is weighted by c[0] * u[0] = (7 * 11 % 41 - 20) * (8 * 11 % 41 - 20) / 64.
      let scale = output.shape.isEmpty ? numbers(1, seed: 7)[0] * numbers(1, seed: 8)[0] : 1
      expectClose(
        try gradient.floats().map { $0 * Float(scale) },
        expected,
        within: 1e-5,
        "the derivative by operand \(index)"
      )
    }
    expectClose(try mean.floats(), golden.runningMean ?? [0.25, -0.5], "the running mean")
    expectClose(
      try variance.floats(),
      golden.runningVariance ?? [1.5, 0.75],
      "the running variance"
    )
  }

  @Test
  func `operations leave their operands as they are`() throws {
    for golden in operationGoldens where !golden.name.hasPrefix("ReLU over") {
      let operands = try golden.operandShapes.enumerated().map {
        try Tensor.numbered($1, seed: $0 + 1)
      }
      try $statistics.withValue((.full([2], value: 0), .full([2], value: 1))) {
        _ = try golden.operation(operands)
      }
      for (index, shape) in golden.operandShapes.enumerated() {
        let expected = numbers(shape.reduce(1, *), seed: index + 1).map(Float.init)
        #expect(try operands[index].floats() == expected, "operand \(index) of \(golden.name)")
      }
    }
  }

  @Test
  func `ReLU in place overwrites its operand, ReLU does not`() throws {
    let input = try Tensor([Float(-1), 0, 2, -3], shape: [4])
    let apart = try input.relu()
    #expect(try input.floats() == [-1, 0, 2, -3])
    let shared = try input.reluInPlace()
    #expect(try input.floats() == [0, 0, 2, 0])
    #expect(try shared.floats() == [0, 0, 2, 0])
    try input.assign(.full([4], value: 7))
    #expect(try shared.floats() == [7, 7, 7, 7])
    #expect(try apart.floats() == [0, 0, 2, 0])
  }

  @Test
  func `the error count is the number of rows whose greatest score is not at the label`() throws {
    let scores = try Tensor([Float(1), 2, 3, 9, 0, 0, -1, -2, -3, 0, 5, 0], shape: [4, 3])
    let cases: [([Int64], Int64)] = [
      ([2, 0, 0, 1], 0), ([2, 0, 0, 0], 1), ([0, 1, 2, 2], 4), ([2, 1, 0, 2], 2),
    ]
    for (labels, expected) in cases {
      let count = try scores.errorCount(labels: Tensor(labels, shape: [4]))
      #expect(try count.integers() == [expected], "\(labels)")
    }
  }
}
