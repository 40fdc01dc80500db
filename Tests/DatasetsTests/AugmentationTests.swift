import Testing

@testable import Datasets

@Suite struct AugmentationTests {
  @Test(
    "What happens to an image is pinned, and depends on seed, epoch and image",
    arguments: [
      (1, 0, 0, ImagePlacement(top: -1, left: 1, isFlipped: false)),
      (1, 0, 1, ImagePlacement(top: 1, left: -1, isFlipped: false)),
      (1, 1, 0, ImagePlacement(top: -4, left: -1, isFlipped: true)),
      (2, 0, 0, ImagePlacement(top: 0, left: -3, isFlipped: false)),
      (1, 0, 49_999, ImagePlacement(top: 4, left: 0, isFlipped: false)),
    ] as [(UInt64, Int, Int, ImagePlacement)]
  )
  func pinned(seed: UInt64, epoch: Int, index: Int, expected: ImagePlacement) {
    let placement = Augmentation.published.placement(seed: seed, epoch: epoch, index: index)
    #expect(placement == expected)
  }

  @Test("All 162 placements occur, about equally often")
  func uniform() {
    var counts: [String: Int] = [:]
    for index in 0..<32_400 {
      let placement = Augmentation.published.placement(seed: 3, epoch: 5, index: index)
      counts["\(placement)", default: 0] += 1
    }
    #expect(counts.count == 9 * 9 * 2)
    // Expected 200 each, standard deviation 14.
    #expect(counts.values.allSatisfy { (125...275).contains($0) })
  }

  @Test("Without padding and mirroring nothing happens")
  func identity() throws {
    let none = try Augmentation(padding: 0, flips: false)
    #expect((0..<50).allSatisfy { none.placement(seed: 1, epoch: 0, index: $0) == .identity })
    let moves = try Augmentation(padding: 1, flips: false)
    #expect(!(0..<50).allSatisfy { moves.placement(seed: 1, epoch: 0, index: $0) == .identity })
    #expect(!(0..<200).contains { moves.placement(seed: 1, epoch: 0, index: $0).isFlipped })
  }

  @Test("Impossible padding is refused", arguments: [-1, 33])
  func padding(padding: Int) {
    #expect(throws: DatasetError.padding(padding)) {
      try Augmentation(padding: padding, flips: true)
    }
  }

  @Test(
    "The order of an epoch is pinned, and depends on seed and epoch",
    arguments: [
      (1, 0, [11, 6, 9, 1, 8, 2, 4, 3, 10, 5, 0, 7]),
      (1, 1, [6, 5, 7, 4, 9, 1, 11, 3, 0, 2, 8, 10]),
      (2, 0, [9, 3, 2, 4, 5, 8, 11, 6, 0, 10, 7, 1]),
    ] as [(UInt64, Int, [Int])]
  )
  func order(seed: UInt64, epoch: Int, expected: [Int]) {
    #expect(EpochOrder(count: 12, seed: seed).indices(epoch: epoch) == expected)
  }
}
