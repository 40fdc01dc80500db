import Datasets
import Foundation
import FreezeOut
import Models
import Testing
import Torch
import TorchNN

@testable import Training

/// A run that keeps its frozen layers' output against the run that does not.
struct FeatureCacheTests {
  private func configuration(
    _ family: Family,
    views: Int?,
    caching: FeatureCaching? = FeatureCaching(),
    redraws: Bool = false
  ) -> RunConfiguration {
    var configuration = tinyConfiguration(family)
    configuration.epochs = 8
    configuration.freezing?.firstFreeze = 0.3
    configuration.augment = views != nil
    configuration.views = views
    configuration.redrawsViews = redraws
    configuration.caching = caching
    return configuration
  }

  /// A plan by which everything is kept that can be.
  private func plan(_ trainer: Trainer) throws -> CachePlan {
    let caching = try #require(trainer.configuration.caching)
    let inputs = trainer.configuration.recurringInputs(trainImageCount: trainer.trainImageCount)
    var costs = try caching.unmeasuredCosts(
      of: trainer.learner.network,
      inputs: inputs,
      device: .cpu
    )
    costs.frozenSeconds = costs.frozenSeconds.map { _ in 1 }
    return CachePlan(schedule: trainer.learner.schedule, costs: costs)
  }

  private func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("cache-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  private func file(_ folder: URL) -> @Sendable (Int) -> URL {
    { folder.appendingPathComponent("features-\($0).cache") }
  }

  /// On which thread the frozen prefix runs.
  enum Place: CaseIterable {
    case inLine, ahead, flipped

    func isAhead(_ iteration: Int) -> Bool {
      switch self {
      case .inLine: false
      case .ahead: true
      case .flipped: iteration / 3 % 2 == 0
      }
    }
  }

  private static let cases: [(Family, Int?, Place)] = Family.allCases.flatMap { family in
    ([nil, 1, 2] as [Int?]).flatMap { views in
      Place.allCases.map { (family, views, $0) }
    }
  }

  @Test(arguments: cases)
  func `with features kept in float32 a run ends as without, bit for bit`(
    family: Family,
    views: Int?,
    place: Place
  ) throws {
    let plain = try tinyTrainer(configuration(family, views: views, caching: nil))
    try plain.run()
    try withFolder { folder in
      let trainer = try tinyTrainer(configuration(family, views: views))
      let plan = try plan(trainer)
      #expect(!plan.stores.isEmpty)
      trainer.keepFeatures(by: plan, in: file(folder))
      trainer.pipeline.place(ahead: place.isAhead(0))
      try trainer.run {
        guard case .iteration(let report) = $0 else { return }
        trainer.pipeline.place(ahead: place.isAhead(report.iterations))
      }
      let use = try #require(trainer.featureCacheUse)
      #expect(use.readCount > 0 && use.computedCount > 0)
      #expect(use.damagedCount == 0 && use.rebuiltCount == 0)
      #expect(try trainer.bits() == plain.bits())
      #expect(trainer.timelessRecords == plain.timelessRecords)
      trainer.removeKeptFeatures()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  @Test(arguments: [nil, 2] as [Int?], [Family.denseNetBC, .wideResNet])
  func `in bfloat16 too it ends as without, bit for bit`(views: Int?, family: Family) throws {
    let bfloat16 = Kernels.reduced(.bfloat16)
    let plain = try tinyTrainer(
      configuration(family, views: views, caching: nil),
      kernels: bfloat16
    )
    try plain.run()
    let float32 = try tinyTrainer(configuration(family, views: views, caching: nil))
    try float32.run()
    #expect(try plain.bits() != float32.bits())
    try withFolder { folder in
      let trainer = try tinyTrainer(configuration(family, views: views), kernels: bfloat16)
      trainer.keepFeatures(by: try plan(trainer), in: file(folder))
      try trainer.run()
      let use = try #require(trainer.featureCacheUse)
      #expect(use.readCount > 0 && use.computedCount > 0)
      #expect(try trainer.bits() == plain.bits())
    }
  }

  @Test
  func `fixed views make another run, from the first freeze on`() throws {
    let fixed = try tinyTrainer(configuration(.denseNetBC, views: 2, caching: nil))
    var fresh = configuration(.denseNetBC, views: 2, caching: nil)
    fresh.views = nil
    let other = try tinyTrainer(fresh)
    try fixed.run()
    try other.run()
    let first = try #require(fixed.learner.schedule.freezeEvents.first).iteration
    let (mine, theirs) = (fixed.timelessRecords, other.timelessRecords)
    for (record, counterpart) in zip(mine, theirs) {
      guard case .epoch(let epoch) = record else { continue }
      #expect((record == counterpart) == (epoch.iterations <= first), "epoch \(epoch.epoch)")
    }
  }

  @Test
  func `views that are drawn anew keep nothing across a freeze, and end as without`() throws {
    let plain = try tinyTrainer(configuration(.wideResNet, views: 1, caching: nil, redraws: true))
    try plain.run()
    try withFolder { folder in
      let trainer = try tinyTrainer(configuration(.wideResNet, views: 1, redraws: true))
      let plan = try plan(trainer)
      trainer.keepFeatures(by: plan, in: file(folder))
      try trainer.run()
      #expect(plan.stores.allSatisfy { $0.source == 0 })
      #expect(try trainer.bits() == plain.bits())
    }
  }

  // Whether features are read is what iterations must have in common to be compared.
  @Test(arguments: [false, true])
  func `a batch tells whether all of its features were kept`(isAhead: Bool) throws {
    try withFolder { folder in
      let trainer = try tinyTrainer(configuration(.denseNetBC, views: nil))
      trainer.keepFeatures(by: try plan(trainer), in: file(folder))
      let epoch = trainer.configuration.epochs - 1
      let batch = try trainer.batches.batch(epoch: epoch, index: 0)
      let iteration = epoch * trainer.iterationsPerEpoch
      trainer.pipeline.place(ahead: isAhead)
      #expect(try !trainer.pipeline.prepared({ batch }, iteration: iteration).isRead)
      try trainer.run()
      trainer.pipeline.place(ahead: isAhead)
      let prepared = try trainer.pipeline.prepared({ batch }, iteration: iteration)
      #expect(prepared.isRead)
      #expect(try trainer.pipeline.features(prepared).shape[0] == 8)
    }
  }

  @Test
  func `features in bfloat16 make nearly the same run`() throws {
    let plain = try tinyTrainer(configuration(.denseNetBC, views: nil, caching: nil))
    try plain.run()
    try withFolder { folder in
      let caching = FeatureCaching(precision: .bfloat16)
      let trainer = try tinyTrainer(configuration(.denseNetBC, views: nil, caching: caching))
      trainer.keepFeatures(by: try plan(trainer), in: file(folder))
      try trainer.run()
      #expect(try trainer.bits() != plain.bits())
      guard case .epoch(let mine)? = trainer.records.last,
        case .epoch(let theirs)? = plain.records.last
      else {
        Issue.record("a run ends with an epoch")
        return
      }
      #expect(abs(mine.trainLoss - theirs.trainLoss) < 0.05)
    }
  }

  @Test(arguments: [3, 9, 14, 17, 23, 30])
  func `a run killed and resumed with its features is the uninterrupted one`(iteration: Int) throws
  {
    let configuration = configuration(.denseNetBC, views: 2)
    let whole = try tinyTrainer(configuration)
    try withFolder { folder in
      whole.keepFeatures(by: try plan(whole), in: file(folder))
      try whole.run()
      whole.removeKeptFeatures()
    }
    for isFileLost in [false, true] {
      try withFolder { folder in
        let checkpoint = try {
          let stopped = try tinyTrainer(configuration)
          stopped.keepFeatures(by: try plan(stopped), in: file(folder))
          #expect(throws: Stop.self) {
            try stopped.run {
              if case .iteration(let report) = $0, report.iterations == iteration { throw Stop() }
            }
          }
          return try Checkpoint(Safetensors(stopped.checkpoint.safetensors().encoded()))
        }()
        #expect(checkpoint.cachePlan != nil)
        if isFileLost {
          for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            try Data("freezeout features\ndamaged".utf8)
              .write(to: folder.appendingPathComponent(name))
          }
        }
        let resumed = try tinyTrainer(configuration)
        try resumed.restore(checkpoint)
        resumed.keepFeatures(by: nil, in: file(folder))
        try resumed.run()
        #expect(try resumed.bits() == whole.bits())
        #expect(resumed.timelessRecords == whole.timelessRecords)
      }
    }
  }

  /// Another seed has other weights and batches; another rate has other weights alone.
  @Test(arguments: [(99, 0.02), (5, 0.01)] as [(UInt64, Double)])
  func `another run's features are noticed`(seed: UInt64, learningRate: Double) throws {
    try withFolder { folder in
      var configuration = configuration(.vgg, views: nil)
      try {
        let first = try tinyTrainer(configuration)
        first.keepFeatures(by: try plan(first), in: file(folder))
        try first.run()
      }()
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      let left = try names.map {
        (name: $0, bytes: try Data(contentsOf: folder.appending(path: $0)))
      }
      #expect(!left.isEmpty)
      configuration.seed = seed
      configuration.learningRate = learningRate
      let plain = try tinyTrainer(configuration)
      try plain.run()
      let second = try tinyTrainer(configuration)
      second.keepFeatures(by: try plan(second), in: file(folder))
      // A run that begins removes what stands where its stores will; here they come back.
      for file in left { try file.bytes.write(to: folder.appending(path: file.name)) }
      try second.run()
      #expect(try #require(second.featureCacheUse).rebuiltCount > 0)
      #expect(try second.bits() == plain.bits())
    }
  }

  @Test
  func `features that other kernels made are noticed`() throws {
    try withFolder { folder in
      let configuration = configuration(.vgg, views: nil)
      try {
        let first = try tinyTrainer(configuration)
        first.keepFeatures(by: try plan(first), in: file(folder))
        try first.run()
      }()
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      let left = try names.map {
        (name: $0, bytes: try Data(contentsOf: folder.appending(path: $0)))
      }
      #expect(!left.isEmpty)
      for (kernels, isForeign) in [(Kernels.libtorch, false), (.fused(.portable), true)] {
        let second = try Trainer(
          configuration: configuration,
          split: configuration.split(tinyPair.get()),
          kernels: kernels
        )
        second.keepFeatures(by: try plan(second), in: file(folder))
        // A run that begins removes what stands where its stores will; here they come back.
        for file in left { try file.bytes.write(to: folder.appending(path: file.name)) }
        try second.run()
        let rebuilt = try #require(second.featureCacheUse).rebuiltCount
        #expect((rebuilt > 0) == isForeign, "\(kernels)")
      }
    }
  }

  @Test
  func `a store that cannot be made ends no run`() throws {
    let plain = try tinyTrainer(configuration(.denseNetBC, views: nil, caching: nil))
    try plain.run()
    let trainer = try tinyTrainer(configuration(.denseNetBC, views: nil))
    let nowhere = FileManager.default.temporaryDirectory
      .appendingPathComponent("none-\(UUID().uuidString)", isDirectory: true)
    trainer.keepFeatures(by: try plan(trainer), in: file(nowhere))
    try trainer.run()
    let use = try #require(trainer.featureCacheUse)
    #expect(use.readCount == 0 && use.computedCount == 0)
    #expect(use.refusal?.contains("cannot be made") == true)
    #expect(try trainer.bits() == plain.bits())
  }

  @Test(arguments: [Place.inLine, .ahead])
  func `a cache that is cut short while it is in use is given up, and the run ends as without`(
    place: Place
  ) throws {
    let plain = try tinyTrainer(configuration(.denseNetBC, views: 1, caching: nil))
    try plain.run()
    try withFolder { folder in
      let trainer = try tinyTrainer(configuration(.denseNetBC, views: 1))
      trainer.keepFeatures(by: try plan(trainer), in: file(folder))
      trainer.pipeline.place(ahead: place.isAhead(0))
      try trainer.run { event in
        guard case .iteration(let report) = event else { return }
        trainer.pipeline.place(ahead: place.isAhead(report.iterations))
        guard report.iterations == 20 else { return }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
          #expect(truncate(folder.appendingPathComponent(name).path, 5_000) == 0)
        }
      }
      let use = try #require(trainer.featureCacheUse)
      #expect(use.refusal?.contains("was given up (another program has changed its size)") == true)
      #expect(use.readCount > 0)
      #expect(try trainer.bits() == plain.bits())
    }
  }

  @Test
  func `settings that make no cache are refused`() {
    var configuration = configuration(.denseNetBC, views: nil)
    configuration.augment = true
    #expect(throws: TrainingError.self) { try configuration.validate() }
    configuration.views = 2
    #expect(throws: Never.self) { try configuration.validate() }
    configuration.freezing = nil
    #expect(throws: TrainingError.self) { try configuration.validate() }
    configuration.caching = nil
    configuration.augment = false
    #expect(throws: TrainingError.self) { try configuration.validate() }
    configuration.augment = true
    configuration.views = 163
    #expect(throws: DatasetError.self) { try configuration.validate() }
  }
}
