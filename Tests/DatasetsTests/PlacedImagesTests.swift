import Testing
import Torch

@testable import Datasets

/// Batches that a device cuts out of a data set that it has, against those that are made image by image. On the CPU,
/// where the same operations run.
struct PlacedImagesTests {
  @Test
  func `a batch is the same bits whichever way it is made`() throws {
    let images = try numberedImages(count: 9, classes: 10)
    let indices = [8, 0, 3, 3, 5]
    let placements = indices.indices.map {
      Augmentation.published.placement(seed: 3, epoch: 0, index: $0)
    }
    #expect(Set(placements.map(\.isFlipped)).count == 2)
    func batch(placing: Bool) throws -> Batch {
      var next = placements.makeIterator()
      return try BatchAssembly(dataset: images, normalization: .cifar10, placing: placing)
        .batch(of: indices) { _ in next.next() ?? .identity }
    }
    let (cut, made) = (try batch(placing: true), try batch(placing: false))
    #expect(try cut.images.floats() == made.images.floats())
    #expect(try cut.images.shape == [5, 3, 32, 32] && cut.images.isDense(in: .channelsLast))
    #expect(try cut.labels.integers() == made.labels.integers())
    #expect(cut.count == 5 && cut.wholeCount == 5)
  }

  @Test(arguments: [
    ImagePlacement(top: -32, left: 0, isFlipped: false),
    ImagePlacement(top: 0, left: 32, isFlipped: true),
    ImagePlacement(top: 31, left: -31, isFlipped: true),
  ])
  func `what lies outside of an image is black`(placement: ImagePlacement) throws {
    let images = try numberedImages(count: 2)
    func values(placing: Bool) throws -> [Float] {
      try BatchAssembly(dataset: images, normalization: .cifar100, placing: placing)
        .batch(of: [1]) { _ in placement }.images.floats()
    }
    #expect(try values(placing: true) == values(placing: false))
  }

  @Test
  func `an image that is not there is an error`() throws {
    let placed = try [UInt8](repeating: 7, count: 2 * 3 * 4 * 4).withUnsafeBufferPointer {
      try PlacedImages(
        bytes: $0,
        shape: [2, 3, 4, 4],
        table: [Float](repeating: 1, count: 768),
        on: .cpu
      )
    }
    #expect(
      try placed.batch(placements: [1, 0, 0, 0]).floats() == [Float](repeating: 1, count: 48)
    )
    #expect(throws: TorchError.self) { try placed.batch(placements: [2, 0, 0, 0]) }
    #expect(throws: TorchError.self) { try placed.batch(placements: [-1, 0, 0, 0]) }
  }
}
