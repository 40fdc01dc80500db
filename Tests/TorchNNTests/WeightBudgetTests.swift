import Testing
import Torch
import TorchNN

@Suite struct WeightBudgetTests {
  /// Powers of two, so that the product of the last row is 0 in 64 bits.
  @Test(arguments: [
    [1 << 40, 1 << 20], [1 << 62, 2], [1 << 32, 1 << 32],
  ])
  func `weights beyond the machine's memory are refused before they are allocated`(shape: [Int])
    throws
  {
    let initializer = try WeightInitializer(seed: 0)
    #expect(throws: WeightInitializerError.self) {
      try initializer.tensor(shape, .constant(0))
    }
  }

  @Test func `many weights that fit one by one are refused together`() throws {
    let initializer = try WeightInitializer(seed: 0)
    let limit = try #require(Self.limit(of: initializer))
    _ = try initializer.tensor([3], .constant(0))
    _ = try initializer.parameter([2, 2], .constant(0))
    // The limit itself would fit, had there been nothing before.
    #expect(throws: WeightInitializerError.tooMany(limit: limit)) {
      try initializer.tensor([limit - 6], .constant(0))
    }
  }

  @Test func `a network of usual size is far below the limit`() throws {
    let initializer = try WeightInitializer(seed: 0)
    #expect(try initializer.tensor([512, 512, 3, 3], .constant(0)).elementCount == 2_359_296)
  }

  private static func limit(of initializer: WeightInitializer) -> Int? {
    do {
      _ = try initializer.tensor([.max], .constant(0))
      return nil
    } catch WeightInitializerError.tooMany(let limit) {
      return limit
    } catch {
      return nil
    }
  }
}
