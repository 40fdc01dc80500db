import Testing
import Torch

struct GeneratorTests {
  private let ones = 100_000

  /// Ones after a dropout of `probability`, from a seed.
  private func mask(_ probability: Double, seed: UInt64) throws -> [Float] {
    try Tensor.full([ones], value: 1)
      .droppedOut(probability: probability, from: Generator(seed: seed)).floats()
  }

  @Test(arguments: [0.1, 0.5, 0.9])
  func `dropout zeroes its share and scales the others to keep the mean`(
    probability: Double
  ) throws {
    let values = try mask(probability, seed: 1)
    let kept = values.filter { $0 != 0 }
    let scale = Float(1 / (1 - probability))
    #expect(kept.allSatisfy { abs($0 - scale) <= scale * 1e-6 })
    // Five deviations of a binomial share.
    let share = 1 - Double(kept.count) / Double(ones)
    let deviation = (probability * (1 - probability) / Double(ones)).squareRoot()
    #expect(abs(share - probability) < 5 * deviation)
  }

  @Test
  func `a dropout of 0 keeps everything`() throws {
    #expect(try mask(0, seed: 1).allSatisfy { $0 == 1 })
  }

  @Test
  func `the gradient of dropout is its own mask`() throws {
    let leaf = try Tensor.full([1, 64], value: 1)
    try leaf.setRequiresGradient(true)
    let output = try leaf.droppedOut(probability: 0.5, from: Generator(seed: 3))
    try output.weightedSum(rows: [1], columns: Array(repeating: 1, count: 64)).backward()
    #expect(try leaf.gradient?.floats() == output.floats())
  }

  @Test
  func `the same seed gives the same mask, another seed or the next call another`() throws {
    #expect(try mask(0.5, seed: 7) == mask(0.5, seed: 7))
    #expect(try mask(0.5, seed: 7) != mask(0.5, seed: 8))
    let generator = try Generator(seed: 7)
    let input = try Tensor.full([ones], value: 1)
    let first = try input.droppedOut(probability: 0.5, from: generator).floats()
    let second = try input.droppedOut(probability: 0.5, from: generator).floats()
    #expect(first != second)
    try generator.reseed(7)
    #expect(try input.droppedOut(probability: 0.5, from: generator).floats() == first)
  }

  @Test
  func `generators do not move one another`() throws {
    let alone = try mask(0.5, seed: 7)
    let generator = try Generator(seed: 7)
    let other = try Generator(seed: 7)
    let input = try Tensor.full([ones], value: 1)
    _ = try input.droppedOut(probability: 0.5, from: other)
    try input.copied().fillNormal(deviation: 1, from: other)
    #expect(try input.droppedOut(probability: 0.5, from: generator).floats() == alone)
  }

  @Test
  func `normal deviates have their mean and deviation`() throws {
    let values = try Tensor.full([ones], value: 0)
    try values.fillNormal(mean: 3, deviation: 0.5, from: Generator(seed: 1))
    let numbers = try values.doubles()
    let mean = numbers.reduce(0, +) / Double(ones)
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(ones)
    #expect(abs(mean - 3) < 5 * 0.5 / Double(ones).squareRoot())
    #expect(abs(variance.squareRoot() - 0.5) < 5 * 0.5 / Double(2 * ones).squareRoot())
  }

  @Test
  func `uniform deviates fill their range`() throws {
    let values = try Tensor.full([ones], value: 0)
    try values.fillUniform(in: -2..<0.5, from: Generator(seed: 1))
    let numbers = try values.floats()
    #expect(numbers.allSatisfy { (-2..<0.5).contains($0) })
    #expect(numbers.contains { $0 < -1.99 } && numbers.contains { $0 > 0.49 })
  }

  @Test
  func `which deviate falls where does not depend on the order in memory`() throws {
    let rows = try Tensor.full([4, 3, 5, 5], value: 0)
    let channelsLast = try rows.copied().arranged(in: .channelsLast)
    for tensor in [rows, channelsLast] {
      try tensor.fillNormal(deviation: 1, from: Generator(seed: 5))
    }
    #expect(try rows.floats() == channelsLast.floats())
    for tensor in [rows, channelsLast] {
      try tensor.fillUniform(in: 0..<1, from: Generator(seed: 5))
    }
    #expect(try rows.floats() == channelsLast.floats())
    #expect(try channelsLast.isDense(in: .channelsLast))
  }
}
