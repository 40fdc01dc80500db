import Testing
import Torch

@testable import Datasets

@Suite struct BatchTests {
  @Test(
    "A byte is normalised as torchvision does it, to the bit",
    arguments: [
      (.cifar10, 0, 0, -1.989212), (.cifar10, 255, 0, 2.0588412), (.cifar10, 128, 1, 0.0813296),
      (.cifar10, 255, 2, 2.1158059), (.cifar100, 0, 0, -1.8967832),
      (.cifar100, 77, 1, -0.7198143), (.cifar100, 255, 2, 2.024556),
    ] as [(Normalization, UInt8, Int, Float)]
  )
  func normalization(normalization: Normalization, byte: UInt8, channel: Int, expected: Float) {
    #expect(normalization.value(of: byte, channel: channel) == expected)
    #expect(normalization.table()[channel * 256 + Int(byte)] == expected)
  }

  @Test("A batch holds the normalised images, channels last, and their labels")
  func plain() throws {
    let images = try numberedImages(count: 5)
    let batches = try EvaluationBatches(dataset: images, normalization: .cifar100, batchSize: 2)
    #expect(batches.count == 3)
    let batch = try batches.batch(at: 1)
    #expect(batch.count == 2 && batch.images.shape == [2, 3, 32, 32])
    #expect(try batch.images.isDense(in: .channelsLast))
    #expect(try batch.labels.integers() == [2, 3] && batch.labels.shape == [2])
    let expected = images.image(at: 2) + images.image(at: 3)
    #expect(
      try batch.images.floats()
        == expected.enumerated().map { place, byte in
          Normalization.cifar100.value(of: byte, channel: place / 1_024 % 3)
        }
    )
    let last = try batches.batch(at: 2)
    #expect(try last.count == 1 && last.labels.integers() == [4])
  }

  @Test(
    "A placement pads with black, crops, then mirrors",
    arguments: [
      ImagePlacement(top: 0, left: 0, isFlipped: true),
      ImagePlacement(top: -4, left: 3, isFlipped: false),
      ImagePlacement(top: 4, left: -4, isFlipped: true),
      ImagePlacement(top: 2, left: 1, isFlipped: true),
    ]
  )
  func placed(placement: ImagePlacement) throws {
    let images = try numberedImages(count: 1)
    let assembly = try BatchAssembly(dataset: images, normalization: .cifar10, placing: false)
    let values = try assembly.batch(of: [0]) { _ in placement }.images.floats()
    #expect(values == naive(Array(images.image(at: 0)), placement: placement))
  }

  /// Pads by 8, crops and mirrors one plane after another, by the book.
  private func naive(_ image: [UInt8], placement: ImagePlacement) -> [Float] {
    var values: [Float] = []
    for channel in 0..<3 {
      var padded = [[UInt8]](repeating: [UInt8](repeating: 0, count: 48), count: 48)
      for row in 0..<32 {
        for column in 0..<32 {
          padded[row + 8][column + 8] = image[channel * 1_024 + row * 32 + column]
        }
      }
      for row in padded[8 + placement.top..<40 + placement.top] {
        let crop = row[8 + placement.left..<40 + placement.left]
        let seen = placement.isFlipped ? crop.reversed() : Array(crop)
        values += seen.map { Normalization.cifar10.value(of: $0, channel: channel) }
      }
    }
    return values
  }

  @Test("Batches of an evaluation come in order, once each, computed ahead or not")
  func evaluation() throws {
    let images = try numberedImages(count: 7)
    let batches = try EvaluationBatches(dataset: images, normalization: .cifar10, batchSize: 3)
    let prefetched = try batches.batches(queueDepth: 2)
    var labels: [Int64] = []
    for index in 0..<3 {
      let ahead = try #require(try prefetched.next())
      #expect(try ahead.images.floats() == batches.batch(at: index).images.floats())
      labels += try ahead.labels.integers()
    }
    #expect(labels == [0, 1, 2, 3, 4, 5, 6])
    #expect(try prefetched.next() == nil)
    #expect(throws: DatasetError.batchIndex(3, iterationsPerEpoch: 3)) { try batches.batch(at: 3) }
    #expect(throws: DatasetError.batchSize(0)) {
      try EvaluationBatches(dataset: images, normalization: .cifar10, batchSize: 0)
    }
  }
}
