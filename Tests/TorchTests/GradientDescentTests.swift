import Testing
import Torch

/// What torch.optim.SGD makes of numbers in three steps.
struct GradientDescentGolden: Sendable, CustomTestStringConvertible {
  let rule: GradientDescent
  let parameters: [Double]
  var momenta: [Double]?

  var testDescription: String {
    "momentum \(rule.momentum), weight decay \(rule.weightDecay), nesterov \(rule.nesterov)"
  }
}

struct GradientDescentTests {
  /// Shapes of 24 elements and their order in memory. The loss makes every gradient row-major; where
  /// the leaf has its channels last, the gradient must not be applied in its own order.
  @Test(
    arguments: gradientDescentGoldens,
    [
      ([24], MemoryFormat.contiguous), ([4, 6], .contiguous), ([2, 3, 2, 2], .contiguous),
      ([2, 3, 2, 2], .channelsLast), ([6, 4, 1, 1], .channelsLast),
    ]
  )
  func `three steps are PyTorch's`(
    golden: GradientDescentGolden,
    layout: (shape: [Int], format: MemoryFormat)
  ) throws {
    let leaves = try (0..<2).map { _ in
      var leaf = try Tensor.numbered(layout.shape, seed: 5)
      if layout.shape.count == 4 {
        leaf = try leaf.arranged(in: layout.format)
      }
      try leaf.setRequiresGradient(true)
      return leaf
    }
    let momenta =
      golden.rule.momentum == 0
      ? [] : try withoutGradients { try leaves.map { try $0.copied() } }
    for step in 1...3 {
      for leaf in leaves {
        try leaf.setGradientToNumbers(seed: step)
      }
      try golden.rule.step(
        parameters: leaves,
        momenta: momenta,
        learningRate: 0.5 / Double(step),
        isFirst: step == 1
      )
      try Tensor.releaseGradients(of: leaves)
    }
    for leaf in leaves {
      expectClose(try leaf.floats(), golden.parameters, "the parameters")
      #expect(try leaf.gradient == nil)
    }
    #expect((golden.momenta == nil) == momenta.isEmpty)
    for velocity in momenta {
      expectClose(try velocity.floats(), golden.momenta ?? [], "the momenta")
    }
  }

  @Test
  func `a leaf without gradient is refused by number and shape, and nothing moves`() throws {
    let leaves = [try Tensor.leaf([3], seed: 1), try Tensor.leaf([2, 2], seed: 2)]
    try leaves[0].setGradientToNumbers(seed: 1)
    let momenta = try leaves.map { try $0.detached().copied() }
    let rule = GradientDescent(momentum: 0.9, weightDecay: 0, nesterov: true)
    let error = #expect(throws: TorchError.self) {
      try rule.step(parameters: leaves, momenta: momenta, learningRate: 0.1, isFirst: true)
    }
    #expect(error?.operation == "gradient descent")
    #expect(
      error?.message.hasPrefix(
        "parameter 1 of sizes [2, 2] has no gradient: it did not take part in the backward pass"
      ) == true
    )
    #expect(try leaves[0].floats() == numbers(3, seed: 1).map(Float.init))
  }

  @Test
  func `a step over no leaves does nothing`() throws {
    let rule = GradientDescent(momentum: 0.9, weightDecay: 0, nesterov: true)
    try rule.step(parameters: [], momenta: [], learningRate: 0.1, isFirst: true)
  }

  @Test
  func `a step does not record itself for the backward pass`() throws {
    let leaf = try Tensor.leaf([3], seed: 1)
    try leaf.setGradientToNumbers(seed: 1)
    let momenta = [try leaf.detached().copied()]
    try GradientDescent(momentum: 0.9, weightDecay: 0.1, nesterov: true)
      .step(parameters: [leaf], momenta: momenta, learningRate: 0.1, isFirst: true)
    #expect(leaf.requiresGradient)
    #expect(!momenta[0].requiresGradient)
    // Still a leaf: only a leaf's wish for a gradient can be taken back.
    try leaf.setRequiresGradient(false)
    #expect(!leaf.requiresGradient)
  }
}

extension Tensor {
  /// Makes `numbers(elementCount, seed:)` the gradient of this leaf: each row by a backward pass of
  /// its own, as the derivative of the product with these numbers.
  fileprivate func setGradientToNumbers(seed: Int) throws {
    let gradient = numbers(elementCount, seed: seed)
    guard shape.count > 1 else {
      try linear(
        weight: Tensor(gradient.map(Float.init), shape: [1, elementCount]),
        bias: .full([1], value: 0)
      ).backward()
      return
    }
    let rows = shape[0]
    let columns = elementCount / rows
    for row in 0..<rows {
      try weightedSum(
        rows: (0..<rows).map { $0 == row ? 1 : 0 },
        columns: Array(gradient[row * columns..<(row + 1) * columns])
      ).backward()
    }
  }
}
