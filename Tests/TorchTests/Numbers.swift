import Testing
import Torch

/// -2.5 to 2.5 in steps of 1/8, exact in `float32`: the rule that Tests/Python/engine_goldens.py
/// has too.
func numbers(_ count: Int, seed: Int) -> [Double] {
  (0..<count).map { Double(($0 * 37 + seed * 11) % 41 - 20) / 8 }
}

extension Tensor {
  /// A `float32` tensor of `numbers`.
  static func numbered(_ shape: [Int], seed: Int) throws -> Tensor {
    try Tensor(numbers(shape.reduce(1, *), seed: seed).map(Float.init), shape: shape)
  }

  /// A leaf of `numbers` that wants a gradient.
  static func leaf(_ shape: [Int], seed: Int) throws -> Tensor {
    let leaf = try Tensor.numbered(shape, seed: seed)
    try leaf.setRequiresGradient(true)
    return leaf
  }

  /// The sum of `self[n, f] * rows[n] * columns[f]`, as a tensor of one element: what turns any
  /// output `[N, ...]` into something whose backward pass has a known first derivative.
  func weightedSum(rows: [Double], columns: [Double]) throws -> Tensor {
    let sums = try Tensor(columns.map(Float.init), shape: [1, columns.count])
      .linear(weight: flattened(), bias: .full([rows.count], value: 0))
    return try sums.linear(
      weight: Tensor(rows.map(Float.init), shape: [1, rows.count]),
      bias: .full([1], value: 0)
    )
  }
}

/// Expects numbers to agree within `tolerance`, relative to the greatest expected one or 1.
func expectClose(
  _ values: [Float],
  _ expected: [Double],
  within tolerance: Double = 2e-6,
  _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(values.count == expected.count, "\(what)", sourceLocation: sourceLocation)
  let scale = expected.map(abs).max().map { max($0, 1) } ?? 1
  let errors = zip(values, expected).map { abs(Double($0) - $1) / scale }
  #expect(
    errors.allSatisfy { $0 <= tolerance },
    "\(what) is off by \(errors.max() ?? 0): \(values) instead of \(expected)",
    sourceLocation: sourceLocation
  )
}
