import Foundation
import FreezeOut
import TensorBoard
import Testing

@testable import FreezeOutCommand
@testable import Training

/// A run's history as events.
struct RunEventsTests {
  /// Three layers, of which two freeze: the first at iteration 5, the second at 8 of 10.
  static let schedule = Result {
    try Schedule(
      layerCount: 3,
      iterations: 10,
      firstFreeze: 0.45,
      growth: .linear,
      scalesLearningRates: false,
      baseLearningRate: 0.1
    )
  }

  /// Epochs of five iterations, half a second each, and two seconds of evaluation.
  static let records: [RunRecord] = [
    .epoch(epoch(1, frozenCount: 0)),
    .freeze(freeze(5, ["conv1"], frozenCount: 1, trainSeconds: 2.5)),
    .freeze(freeze(8, ["dense1"], frozenCount: 2, trainSeconds: 4)),
    .epoch(epoch(2, frozenCount: 2)),
  ]

  static let points = (1...10).map {
    LossCurve.Point(iterations: $0, loss: 3 - 0.1 * Double($0), trainSeconds: 0.5 * Double($0))
  }

  static func epoch(_ number: Int, frozenCount: Int) -> EpochRecord {
    EpochRecord(
      epoch: number,
      iterations: 5 * number,
      trainLoss: 2.7,
      evaluationLoss: 2.5,
      evaluationError: 75,
      frozenCount: frozenCount,
      trainSeconds: 2.5,
      evaluationSeconds: 2,
      imagesPerSecond: 80,
      dataSeconds: 0.25
    )
  }

  static func freeze(
    _ iteration: Int,
    _ layers: [String],
    frozenCount: Int,
    trainSeconds: Double
  ) -> FreezeRecord {
    FreezeRecord(
      iteration: iteration,
      epoch: iteration / 5 + 1,
      layers: layers,
      frozenCount: frozenCount,
      trainSeconds: trainSeconds
    )
  }

  private func events() throws -> RunEvents {
    try RunEvents(of: .example, schedule: Self.schedule.get())
  }

  private func scalars(_ event: Event) -> [String: Double] {
    guard case .scalars(let scalars) = event.content else { return [:] }
    return Dictionary(uniqueKeysWithValues: scalars.map { ($0.tag, $0.value) })
  }

  /// The curve of a tag, as pairs of step and value.
  private func curve(_ tag: String, _ events: [Event]) -> [[Double]] {
    events.compactMap { event in scalars(event)[tag].map { [Double(event.step), $0] } }
  }

  @Test
  func `a file begins with the table's columns, the run's row and the first rates`() throws {
    let beginning = try events().beginning
    #expect(beginning.allSatisfy { $0.step == 0 && $0.wallSeconds == 1_000 })
    #expect(beginning.count == 5)
    #expect(beginning[0].content == .beginning(writer: "freezeout"))
    #expect(beginning[1].content == .restart)
    #expect(beginning[2].content == .experiment(.ofRuns))
    guard case .sessionStart(let row) = beginning[3].content else {
      Issue.record("no row")
      return
    }
    #expect(row == RunDescription.example.hyperparameters)
    #expect(
      scalars(beginning[4]) == [
        "frozen layers/count": 0, "learning rate/conv1": 0.1, "learning rate/dense1": 0.1,
        "learning rate/fc": 0.1,
      ]
    )
  }

  @Test
  func `curves have the numbers of the records`() throws {
    var events = try events()
    let news = events.news(Self.records, Self.points)
    #expect(curve("loss/training", news) == Self.points.map { [Double($0.iterations), $0.loss] })
    for (tag, value) in [
      ("loss/training by epoch", 2.7), ("loss/evaluation", 2.5), ("error percent/evaluation", 75),
      ("images per second/training", 80), ("seconds an epoch/training", 2.5),
      ("seconds an epoch/evaluation", 2), ("seconds an epoch/training, waiting for data", 0.25),
    ] {
      #expect(curve(tag, news) == [[5, value], [10, value]], "\(tag)")
    }
    #expect(curve("seconds in all/training", news) == [[5, 2.5], [10, 5]])
    #expect(curve("seconds an epoch/training, GPU idle", news) == [])
    var onDevice = Self.epoch(1, frozenCount: 1)
    onDevice.idleSeconds = 0.125
    #expect(
      onDevice.scalars(secondsInAll: 2.5)
        .contains(.init("seconds an epoch/training, GPU idle", 0.125))
    )
    #expect(curve("frozen layers/count", news) == [[5, 0], [5, 1], [8, 2], [10, 2]])
  }

  @Test
  func `a rate is the schedule's, ends with 0 where its layer freezes, and is told once a step`()
    throws
  {
    let schedule = try Self.schedule.get()
    #expect(schedule.freezeEvents.map(\.iteration) == [5, 8])
    var events = try events()
    let all = events.beginning + events.news(Self.records, Self.points)
    for (layer, name) in ["conv1", "dense1", "fc"].enumerated() {
      let end = schedule.freezeIteration(ofLayer: layer) ?? 10
      let expected = (0...end).map {
        [Double($0), schedule.learningRate(ofLayer: layer, atIteration: $0) ?? 0]
      }
      #expect(curve("learning rate/\(name)", all) == expected, "\(name)")
      #expect(expected.last?.last == 0)
    }
  }

  @Test
  func `times are those of training and evaluation since the beginning`() throws {
    var events = try events()
    let news = events.news(Self.records, Self.points)
    let times = news.map { [Double($0.step), $0.wallSeconds] }
    #expect(
      times == [
        [1, 1_000.5], [2, 1_001], [3, 1_001.5], [4, 1_002], [5, 1_002.5],
        // The end of the first epoch, with its evaluation, and the first freeze.
        [5, 1_004.5], [5, 1_004.5],
        [6, 1_005], [7, 1_005.5], [8, 1_006], [8, 1_006], [9, 1_006.5], [10, 1_007],
        [10, 1_009],
      ]
    )
    let end = events.end(.success, iterations: 10)
    #expect(end == Event(wallSeconds: 1_009, step: 10, content: .sessionEnd(.success)))
  }

  @Test
  func `bit by bit is the same as at once`() throws {
    var (once, slow) = (try events(), try events())
    let expected = once.news(Self.records, Self.points)
    var news: [Event] = []
    // As a run tells it: a freeze after its first iteration, an epoch after its last.
    for (records, points) in [
      (0, 1), (0, 1), (0, 4), (0, 5), (1, 5), (2, 6), (2, 6), (2, 8), (3, 9), (3, 10), (4, 10),
    ] {
      news += slow.news(Array(Self.records.prefix(records)), Array(Self.points.prefix(points)))
    }
    #expect(news == expected && expected.count == 14)
    #expect(slow.news(Self.records, Self.points) == [])
  }

  @Test
  func `without images to measure by there is no curve of the evaluation`() throws {
    var record = Self.epoch(1, frozenCount: 0)
    (record.evaluationLoss, record.evaluationError, record.evaluationSeconds) = (nil, nil, 0)
    var events = try events()
    let tags = scalars(events.news([.epoch(record)], [])[0]).keys
    #expect(tags.contains("loss/training by epoch") && !tags.contains { $0.contains("evaluation") })
  }

  @Test
  func `in a long run a rate has some hundred points, and freezes`() throws {
    let schedule = try Schedule(
      layerCount: 3,
      iterations: 90_000,
      firstFreeze: 0.5,
      growth: .linear,
      scalesLearningRates: true,
      baseLearningRate: 0.1
    )
    let points = (1...1_000).map {
      LossCurve.Point(iterations: 90 * $0, loss: 1, trainSeconds: 1)
    }
    let freezes = schedule.freezeEvents.map { event in
      RunRecord.freeze(Self.freeze(event.iteration, [], frozenCount: 0, trainSeconds: 0))
    }
    var events = RunEvents(of: .example, schedule: schedule)
    let news = events.news(freezes, points)
    #expect(curve("loss/training", news).count == 1_000)
    #expect(curve("learning rate/conv1", news).count == 50 + 1)
    #expect(curve("learning rate/fc", news).count == 100 + 2)
    #expect(curve("learning rate/fc", news).last == [90_000, 0])
  }

  // MARK: - The table of runs

  @Test
  func `every hyperparameter has a column of its kind`() {
    let kinds = Dictionary(
      uniqueKeysWithValues: Experiment.ofRuns.columns.map { ($0.name, $0.kind) }
    )
    var description = RunDescription.example
    description.configuration.views = 4
    #expect(description.hyperparameters.count == kinds.count)
    for (name, value) in description.hyperparameters {
      switch (value, kinds[name]) {
      case (.flag, .flag), (.number, .number): break
      case (.text(let word), .text(let words)):
        #expect(words.isEmpty || words.contains(word), "\(name)")
      default: Issue.record("\(name) is \(value)")
      }
    }
  }

  @Test
  func `a baseline has no t0, and freezes in no way`() {
    var description = RunDescription.example
    #expect(description.hyperparameters["freezing"] == .text("cubic"))
    #expect(description.hyperparameters["t0"] == .number(0.8))
    description.configuration.freezing = nil
    let row = description.hyperparameters
    #expect(row["freezing"] == .text("none"))
    #expect(row["t0"] == nil && row["scaled rates"] == nil && row["views"] == nil)
    #expect(row["epochs"] == .number(2) && row["network"] == .text("DenseNet-BC k=4 L=10"))
  }
}
