import Testing

@testable import Datasets

@Suite struct ImageDatasetTests {
  @Test("Bytes that are not those of the labelled images are refused")
  func wrongByteCount() {
    #expect(throws: DatasetError.wrongByteCount(bytes: 3_071, images: 1)) {
      try ImageDataset(
        name: "",
        classNames: ["a"],
        images: [UInt8](repeating: 0, count: 3_071),
        labels: [0]
      )
    }
  }

  @Test(
    "Labels that name no class are refused with their place",
    arguments: [([0, 2, 0], 2, 1), ([0, 1, -1], -1, 2), ([0, 1, 256], 256, 2)]
  )
  func labelOutOfRange(labels: [Int], label: Int, index: Int) {
    #expect(throws: DatasetError.labelOutOfRange(label: label, index: index, classes: 2)) {
      try ImageDataset(
        name: "",
        classNames: ["a", "b"],
        images: [UInt8](repeating: 0, count: 3 * 3_072),
        labels: labels
      )
    }
  }

  @Test("A data set may be empty")
  func empty() throws {
    let none = try ImageDataset(name: "none", classNames: [], images: [], labels: [])
    #expect(none.count == 0 && none.prefix(3).count == 0)
  }

  @Test("Parts hold the images and labels that they say")
  func parts() throws {
    let all = try numberedImages(count: 7)
    let part = try all.slice(2..<5)
    #expect(part.labels == [2, 3, 4])
    #expect(part.image(at: 0) == all.image(at: 2) && part.image(at: 2) == all.image(at: 4))
    #expect(part.image(at: 0) != all.image(at: 0))
    let inner = try part.slice(1..<3)
    #expect(inner.labels == [3, 4] && inner.image(at: 1) == all.image(at: 4))
    #expect(inner.withImageBytes { Array($0) } == Array(all.image(at: 3)) + all.image(at: 4))
    #expect(all.prefix(2).labels == [0, 1] && all.suffix(2).labels == [5, 6])
    #expect(all.suffix(2).image(at: 1) == all.image(at: 6))
    #expect(try all.slice(0..<7) == all && part != all)
  }

  @Test("Prefix and suffix keep within the data set", arguments: [(-1, 0), (0, 0), (8, 7)])
  func clamped(length: Int, count: Int) throws {
    let all = try numberedImages(count: 7)
    #expect(all.prefix(length).count == count && all.suffix(length).count == count)
  }

  @Test("Slices outside are refused", arguments: [-1..<2, 5..<8, 8..<8])
  func outside(range: Range<Int>) throws {
    let all = try numberedImages(count: 7)
    #expect(
      throws: DatasetError.sliceOutOfRange(
        lower: range.lowerBound,
        upper: range.upperBound,
        count: 7
      )
    ) { try all.slice(range) }
  }

  @Test("The published split validates on the last images and trains on the others")
  func validation() throws {
    let images = try numberedImages(count: 9)
    let pair = DatasetPair(
      training: images,
      test: try numberedImages(count: 4),
      normalization: .cifar10
    )
    let split = try pair.split(.validation(count: 2))
    #expect(split.training == images.prefix(7) && split.evaluation == images.suffix(2))
    #expect(try pair.split(.test).training == images)
    #expect(try pair.split(.test).evaluation == pair.test)
    #expect(try pair.split(.none).training == images)
    #expect(try pair.split(.none).evaluation == nil)
  }

  @Test(
    "A validation that leaves nothing to train on, or is none, is refused",
    arguments: [-1, 0, 9]
  )
  func validationCount(count: Int) throws {
    let images = try numberedImages(count: 9)
    let pair = DatasetPair(training: images, test: images, normalization: .cifar10)
    #expect(throws: DatasetError.validationCount(count, trainingImages: 9)) {
      try pair.split(.validation(count: count))
    }
  }
}
