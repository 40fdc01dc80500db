import Foundation
import FreezeOut
import TensorBoard
import Training

/// What TensorBoard is told of a run: events as a function of the run's history, in the order of their
/// steps. A step is the number of iterations made.
///
/// Their times are those of training and evaluation added up from the run's beginning, so that a run
/// that stood still for a night has no hole, and events that are made again are the same.
struct RunEvents {
  private let description: RunDescription
  private let schedule: Schedule
  private let freezeIterations: Set<Int>

  private var recordCount = 0
  private var pointCount = 0
  /// Of training, up to the last event and up to the last end of an epoch, and of evaluation.
  private var trainSeconds = 0.0
  private var epochSeconds = 0.0
  private var evaluationSeconds = 0.0

  /// How many points the curve of a learning rate has in the longest run, besides freezes.
  private static let rateCount = 100

  /// - Parameters:
  ///   - description: What the run is, as it begins.
  ///   - schedule: Its schedule, with a layer for each that the description names.
  init(of description: RunDescription, schedule: Schedule) {
    self.description = description
    self.schedule = schedule
    freezeIterations = Set(schedule.freezeEvents.map(\.iteration))
  }

  /// What a file begins with.
  var beginning: [Event] {
    let contents: [Event.Content] = [
      .beginning(writer: EventLog.writer),
      .restart,
      .experiment(.ofRuns),
      .sessionStart(description.hyperparameters),
      .scalars([Scalar(RunTag.frozenLayers, 0)] + learningRates(atIteration: 0)),
    ]
    return contents.map { event(0, $0) }
  }

  /// What has happened since this was asked last.
  ///
  /// - Parameters:
  ///   - records: The run's log from its beginning.
  ///   - points: Its curve of the loss from its beginning.
  mutating func news(_ records: [RunRecord], _ points: [LossCurve.Point]) -> [Event] {
    var events: [Event] = []
    while true {
      let record = recordCount < records.count ? records[recordCount] : nil
      let point = pointCount < points.count ? points[pointCount] : nil
      if let point, point.iterations <= record?.step ?? .max {
        events.append(event(of: point))
        pointCount += 1
      } else if let record {
        events.append(event(of: record))
        recordCount += 1
      } else {
        return events
      }
    }
  }

  /// What a file ends with.
  func end(_ outcome: Event.Outcome, iterations: Int) -> Event {
    event(iterations, .sessionEnd(outcome))
  }

  /// An event of now.
  private func event(_ step: Int, _ content: Event.Content) -> Event {
    // In whole seconds, as the description has it when a run goes on.
    let start = description.startedAt.timeIntervalSince1970.rounded(.down)
    return Event(
      wallSeconds: start + trainSeconds + evaluationSeconds,
      step: step,
      content: content
    )
  }

  private mutating func event(of point: LossCurve.Point) -> Event {
    trainSeconds = max(trainSeconds, point.trainSeconds)
    let rates = hasLearningRates(point) ? learningRates(atIteration: point.iterations) : []
    return event(point.iterations, .scalars([Scalar(RunTag.loss, point.loss)] + rates))
  }

  private mutating func event(of record: RunRecord) -> Event {
    switch record {
    case .freeze(let freeze):
      trainSeconds = max(trainSeconds, freeze.trainSeconds)
      let rates = learningRates(atIteration: freeze.iteration)
      return event(record.step, .scalars(freeze.scalars + rates))
    case .epoch(let epoch):
      epochSeconds += epoch.trainSeconds
      trainSeconds = max(trainSeconds, epochSeconds)
      evaluationSeconds += epoch.evaluationSeconds
      return event(record.step, .scalars(epoch.scalars(secondsInAll: epochSeconds)))
    }
  }

  /// Whether the learning rates stand beside a point of the loss: next to every tenth in a long run.
  private func hasLearningRates(_ point: LossCurve.Point) -> Bool {
    guard point.iterations < schedule.iterations else { return true }
    // A freeze tells them itself, with those that it ends.
    guard !freezeIterations.contains(point.iterations) else { return false }
    let stretch = LossCurve.stretch(ofIterations: schedule.iterations)
    let pointsApart = max(1, schedule.iterations / stretch / Self.rateCount)
    return (point.iterations / stretch).isMultiple(of: pointsApart)
  }

  /// The learning rates in an iteration, 0 for a layer that freezes in it and none for one that did before.
  private func learningRates(atIteration iteration: Int) -> [Scalar] {
    zip(description.layers, schedule.learningRates(atIteration: iteration)).enumerated().compactMap
    {
      layer,
      element in
      let (name, rate) = element
      if let rate { return Scalar(RunTag.learningRate(of: name), rate) }
      let isFreezing = schedule.freezeIteration(ofLayer: layer) == iteration
      return isFreezing ? Scalar(RunTag.learningRate(of: name), 0) : nil
    }
  }
}
