import Datasets
import Models
import Testing
import Torch

@testable import Training

/// The frozen prefix as a GPU repeats it, on the CPU. (There a recording is the body of the work.)
struct RecordedPrefixTests {
  /// A batch on its way: how many images, how many stages are frozen, and where the batch stands.
  private struct Passage {
    var imageCount: Int
    var frozenCount: Int
    var start = 0
    var isRecorded = false
  }

  @Test
  func `the second batch of a size records, and every batch is what the prefix makes of it`() throws
  {
    let network = try network(Family.denseNetBC.architecture())
    let recorded = try RecordedPrefix(on: .cpu, .recorded)
    let passages: [Passage] = [
      .init(imageCount: 4, frozenCount: 0),
      .init(imageCount: 4, frozenCount: 2),
      .init(imageCount: 4, frozenCount: 2, isRecorded: true),
      .init(imageCount: 4, frozenCount: 2),
      // The last of an epoch, twice, takes nothing away.
      .init(imageCount: 3, frozenCount: 2),
      .init(imageCount: 3, frozenCount: 2),
      .init(imageCount: 4, frozenCount: 2),
      // More layers freeze; a batch that was prepared before stands in between once.
      .init(imageCount: 4, frozenCount: 3, start: 2),
      .init(imageCount: 4, frozenCount: 3),
      .init(imageCount: 4, frozenCount: 3, isRecorded: true),
      .init(imageCount: 4, frozenCount: 3),
      .init(imageCount: 4, frozenCount: 3, start: 3),
      // Kept features are where all batches begin from now on.
      .init(imageCount: 4, frozenCount: 3, start: 1),
      .init(imageCount: 4, frozenCount: 3, start: 1, isRecorded: true),
      .init(imageCount: 4, frozenCount: 3, start: 1),
      // Larger ones.
      .init(imageCount: 5, frozenCount: 3, start: 1),
      .init(imageCount: 5, frozenCount: 3, start: 1, isRecorded: true),
    ]
    var kept: [(result: Tensor, expected: [Float])] = []
    for (number, passage) in passages.enumerated() {
      var prefix = FrozenPrefix()
      try prefix.append(network.stages[..<passage.frozenCount])
      let images = try StepInput(number, count: passage.imageCount).images
      let input = try prefix.features(of: images, to: passage.start)
      let before = try input.floats()
      let result = try recorded.features(of: input, from: passage.start, by: prefix)
      let expected = try prefix.features(of: input, from: passage.start)
      #expect(result.shape == expected.shape)
      #expect(try input.floats() == before)
      kept.append((result, try expected.floats()))
      #expect((recorded.takeRecordingSeconds() != nil) == passage.isRecorded, "batch \(number)")
      #expect(recorded.takeRecordingSeconds() == nil)
    }
    // None is a place that a later batch has written to.
    for (number, batch) in kept.enumerated() {
      #expect(try batch.result.floats() == batch.expected, "batch \(number)")
    }
    #expect(recorded.failure == nil)
  }

  @Test
  func
    `numbers of another type are another recording, and none is made of what does not come again`()
    throws
  {
    let network = try network(Family.wideResNet.architecture())
    var prefix = FrozenPrefix()
    try prefix.append(network.stages[..<2])
    let recorded = try RecordedPrefix(on: .cpu, .recorded)
    let images = try StepInput(0).images
    func pass(_ images: Tensor, records: Bool = true) throws -> Bool {
      let result = try recorded.features(of: images, from: 0, by: prefix, records: records)
      #expect(try result.doubles() == prefix.features(of: images).doubles())
      return recorded.takeRecordingSeconds() != nil
    }
    for _ in 0..<3 { #expect(try !pass(images, records: false)) }
    #expect(try !pass(images))
    #expect(try pass(images))
    recorded.forget()
    #expect(try !pass(images))
    #expect(try pass(images))
    // The weights are of float32, and refuse it.
    let doubles = try images.converted(to: .float64)
    #expect(throws: TorchError.self) { try pass(doubles) }
    #expect(try pass(images) == false)
  }

  @Test
  func `a batch that does not fit is the prefix's own error`() throws {
    let network = try network(Family.vgg.architecture())
    var prefix = FrozenPrefix()
    try prefix.append(network.stages[..<1])
    let recorded = try RecordedPrefix(on: .cpu, .recorded)
    for _ in 0..<3 {
      let wrong = try Tensor.full([2, 5, 32, 32], value: 0)
      #expect(throws: TorchError.self) { try recorded.features(of: wrong, from: 0, by: prefix) }
    }
    let images = try StepInput(0).images
    let result = try recorded.features(of: images, from: 0, by: prefix)
    #expect(try result.floats() == prefix.features(of: images).floats())
  }

  @Test(arguments: [true, false])
  func `a pipeline gives the same features recorded and not, ahead and in line`(ahead: Bool) throws
  {
    let network = try network(Family.wideResNet.architecture())
    let images = try noise(count: 22, seed: 3)
    let batches = try TrainingBatches(
      dataset: images,
      normalization: .cifar10,
      augmentation: .published,
      batchSize: 4,
      seed: 1
    )
    func features(_ steps: DeviceSteps?) throws -> (features: [[Float]], recorded: Bool) {
      let pipeline = try FeaturePipeline(device: .cpu, steps: steps)
      pipeline.place(ahead: ahead)
      var all: [[Float]] = []
      for (epoch, frozenCount) in [0, 1, 3].enumerated() {
        var prefix = FrozenPrefix()
        try prefix.append(network.stages[..<frozenCount])
        try pipeline.freeze(prefix)
        let queue = try batches.batches(epoch: epoch) { make, index in
          try pipeline.prepared(make, iteration: index)
        }
        while let prepared = try queue.next() {
          #expect(prepared.frontier == (ahead ? frozenCount : 0))
          all.append(try pipeline.features(prepared).floats())
        }
      }
      #expect(pipeline.recordingFailure == nil)
      return (all, pipeline.takeRecordingSeconds() != nil)
    }
    let (recorded, eager, host) = (
      try features(.recorded), try features(.eager), try features(nil)
    )
    #expect(recorded.features.count == 18)
    #expect(recorded.features == eager.features && eager.features == host.features)
    #expect(recorded.recorded && !eager.recorded && !host.recorded)
  }
}
