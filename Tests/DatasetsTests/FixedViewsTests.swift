import Testing
import Torch

@testable import Datasets

struct FixedViewsTests {
  private func batches(
    views: Int? = 3,
    generations: [Int] = [5],
    augmentation: Augmentation? = .published
  ) throws -> TrainingBatches {
    try TrainingBatches(
      dataset: GeneratedDataset(classes: .shapes, seed: 1).pair(trainingCount: 10, testCount: 1)
        .training,
      normalization: .generated,
      augmentation: augmentation,
      batchSize: 4,
      seed: 9,
      views: views.map {
        try FixedViews(count: $0, generations: generations, of: augmentation ?? .published)
      }
    )
  }

  @Test
  func `generations begin at their iterations`() throws {
    let views = try FixedViews(count: 2, generations: [20, 5], of: .published)
    let found = [0, 4, 5, 19, 20, 1000].map { views.generation(atIteration: $0) }
    #expect(found == [nil, nil, 0, 0, 1, 1])
    #expect((0..<5).map(views.view) == [0, 1, 0, 1, 0])
  }

  // Three batches an epoch: iteration 5 is the last batch of epoch 1.
  @Test
  func `before the first generation nothing changes, and nothing comes again`() throws {
    let (fixed, fresh) = (try batches(), try batches(views: nil))
    for (epoch, index) in [(0, 0), (0, 2), (1, 0), (1, 1)] {
      let batch = try fixed.batch(epoch: epoch, index: index)
      #expect(batch.slots == nil)
      #expect(
        try batch.images.floats() == fresh.batch(epoch: epoch, index: index).images.floats()
      )
    }
    #expect(try fixed.batch(epoch: 1, index: 2).slots != nil)
    #expect(try fresh.batch(epoch: 1, index: 2).slots == nil)
  }

  /// The pixels of every input of some epochs, by slot.
  private func inputs(_ batches: TrainingBatches, epochs: Range<Int>) throws -> [Int: [[Float]]] {
    var inputs: [Int: [[Float]]] = [:]
    for epoch in epochs {
      for index in 0..<batches.iterationsPerEpoch {
        let batch = try batches.batch(epoch: epoch, index: index)
        let slots = try #require(batch.slots).indices
        for (place, slot) in slots.enumerated() {
          inputs[slot, default: []].append(try batch.images.rows(place..<place + 1).floats())
        }
      }
    }
    return inputs
  }

  @Test
  func `each slot comes once in as many epochs as there are views, with the same pixels`() throws {
    let batches = try batches()
    let inputs = try inputs(batches, epochs: 2..<8)
    #expect(inputs.count == 30)
    #expect(try batches.batch(epoch: 2, index: 0).slots?.count == 30)
    for (slot, pixels) in inputs {
      #expect(pixels.count == 2, "\(slot)")
      #expect(pixels[0] == pixels[1], "\(slot)")
    }
    let distinct = (0..<10).map { image in
      Set((0..<3).compactMap { inputs[image * 3 + $0]?.first }).count
    }
    #expect(distinct == [3, 3, 3, 3, 3, 3, 3, 3, 3, 3])
  }

  /// The views of an image, told apart.
  private func placements(
    _ augmentation: Augmentation,
    count: Int,
    generation: Int = 0,
    image: Int
  ) throws -> [String] {
    let views = try FixedViews(count: count, generations: [0], of: augmentation)
    return (0..<count).map { view in
      "\(views.placement(augmentation, seed: 9, generation: generation, index: image, view: view))"
    }
  }

  @Test(arguments: [162, 100, 2])
  func `no two views of an image are the same augmentation`(count: Int) throws {
    for image in 0..<5 {
      #expect(Set(try placements(.published, count: count, image: image)).count == count)
    }
  }

  @Test
  func `all views of an image are all that the augmentation gives`() throws {
    let augmentation = try Augmentation(padding: 1, flips: false)
    var all: [String] = []
    for top in -1...1 {
      for left in -1...1 { all.append("\(ImagePlacement(top: top, left: left, isFlipped: false))") }
    }
    #expect(try placements(augmentation, count: 9, image: 3).sorted() == all.sorted())
    let mirrored = try placements(.published, count: 162, image: 3).filter { $0.contains("true") }
    #expect(mirrored.count == 81)
  }

  @Test
  func `images and generations have views in orders of their own`() throws {
    let first = try placements(.published, count: 162, image: 3)
    #expect(try placements(.published, count: 162, image: 3) == first)
    #expect(try placements(.published, count: 162, image: 4) != first)
    #expect(try placements(.published, count: 162, generation: 1, image: 3) != first)
    // Fewer views are the first ones of more.
    #expect(try placements(.published, count: 5, image: 3) == Array(first.prefix(5)))
  }

  @Test
  func `another generation has other views`() throws {
    let first = try inputs(batches(), epochs: 2..<5)
    let second = try inputs(batches(generations: [0, 5]), epochs: 2..<5)
    #expect(try batches(generations: [0, 5]).batch(epoch: 2, index: 0).slots?.generation == 1)
    let same = first.filter { second[$0.key] == $0.value }.count
    #expect(same < 5)
  }

  @Test
  func `without augmentation every image is its own slot from the start`() throws {
    let batches = try batches(views: nil, augmentation: nil)
    let inputs = try inputs(batches, epochs: 0..<2)
    #expect(inputs.count == 10)
    for pixels in inputs.values { #expect(pixels.count == 2 && pixels[0] == pixels[1]) }
    #expect(try batches.batch(epoch: 0, index: 0).slots?.count == 10)
  }

  @Test(arguments: [0, -1, 163])
  func `numbers of views that there are not are refused`(count: Int) throws {
    #expect(throws: DatasetError.viewCount(count, distinct: 162)) {
      try FixedViews(count: count, generations: [], of: .published)
    }
    #expect(try FixedViews(count: 162, generations: [], of: .published).count == 162)
    #expect(try Augmentation(padding: 1, flips: false).distinctCount == 9)
  }

  @Test
  func `views of what is not augmented are refused`() {
    #expect(throws: DatasetError.viewsWithoutAugmentation) { try batches(augmentation: nil) }
  }
}
