import Testing

@testable import Torch

struct FlatGradientsTests {
  /// Leaves of which the second is channels last.
  private func leaves() throws -> [Tensor] {
    let row = try Tensor([1, 2, 3] as [Float], shape: [3])
    let maps = try Tensor((0..<16).map(Float.init), shape: [2, 2, 2, 2]).arranged(in: .channelsLast)
    for leaf in [row, maps] { try leaf.setRequiresGradient(true) }
    return [row, maps]
  }

  /// Gives each a gradient of twice its values, which is row-major.
  private func differentiate(_ leaves: [Tensor]) throws {
    for leaf in leaves {
      try leaf.adding(leaf).backward(from: Tensor(leaf.floats(), shape: leaf.shape))
    }
  }

  @Test
  func `gradients and others become one row, and what it becomes comes back to them`() throws {
    let leaves = try leaves()
    let other = try Tensor([10, 20] as [Float], shape: [2])
    let flat = try FlatGradients(leaves: leaves, others: [other])
    #expect(flat.byteCount == 4 * (3 + 16 + 2))
    try differentiate(leaves)
    try flat.gather(othersTimes: 0.5)
    guard case .float32(let numbers) = try flat.numbers else {
      Issue.record("another type")
      return
    }
    #expect(Array(numbers.prefix(3)) == [2, 4, 6])
    #expect(Array(numbers.suffix(2)) == [5, 10])
    for index in numbers.indices { numbers[index] += 1 }
    try flat.scatter()
    #expect(try leaves[0].gradient?.floats() == [3, 5, 7])
    #expect(try leaves[1].gradient?.floats() == (0..<16).map { 2 * Float($0) + 1 })
    #expect(try other.floats() == [6, 11])
  }

  @Test
  func `a leaf without a gradient is refused`() throws {
    let flat = try FlatGradients(leaves: leaves(), others: [])
    #expect(throws: TorchError.self) { try flat.gather(othersTimes: 1) }
    #expect(throws: TorchError.self) { try flat.scatter() }
  }

  @Test
  func `a type that is not the first one's is refused`() throws {
    let leaves = try leaves()
    try differentiate(leaves)
    let flat = try FlatGradients(leaves: leaves, others: [Tensor([1] as [Double], shape: [1])])
    #expect(throws: TorchError.self) { try flat.gather(othersTimes: 1) }
  }

  @Test
  func `every backward pass tells once of each gradient, as long as somebody watches`() throws {
    let leaves = try leaves()
    var told: [Int] = []
    var watch: GradientWatch? = try GradientWatch(leaves) { told.append($0) }
    try differentiate(leaves)
    #expect(told == [0, 1])
    try differentiate(leaves.reversed())
    #expect(told == [0, 1, 1, 0])
    withExtendedLifetime(watch) {}
    watch = nil
    try differentiate(leaves)
    #expect(told.count == 4)
  }

  @Test
  func `only a leaf with a gradient can be watched`() throws {
    let plain = try Tensor([1] as [Float], shape: [1])
    #expect(throws: TorchError.self) { try GradientWatch([plain]) { _ in } }
  }
}
