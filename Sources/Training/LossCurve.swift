/// The training loss in finer steps than epochs: its mean over stretches of equally many iterations.
///
/// It is part of a checkpoint, so that the curve of a run that goes on is that of one that never stopped.
public struct LossCurve: Hashable, Sendable, Codable {
  /// What a stretch came to.
  public struct Point: Hashable, Sendable, Codable {
    /// The number of iterations made since the start of the run.
    public var iterations: Int
    /// The mean loss over the stretch's images.
    public var loss: Double
    /// The duration of training up to then, without evaluation and checkpoints, in seconds.
    public var trainSeconds: Double
  }

  /// How many points the longest run has: as many as TensorBoard keeps of a curve unless told otherwise
  /// (tensorboard/backend/event_processing/data_ingester.py).
  public static let greatestPointCount = 1_000

  /// The stretches that ended, in order.
  public private(set) var points: [Point] = []

  private var lossSum = 0.0
  private var imageCount = 0

  /// A curve without points.
  public init() {}

  /// How many iterations a point stands for, the last of a run perhaps for fewer.
  public static func stretch(ofIterations iterations: Int) -> Int {
    max(1, (iterations + greatestPointCount - 1) / greatestPointCount)
  }

  /// Losses are numbers of 32 bits.
  private static let greatestLoss = Double(Float.greatestFiniteMagnitude)

  /// Adds an iteration of a run of so many.
  ///
  /// - Parameter trainSeconds: How long the run has trained with it.
  mutating func add(
    _ iteration: Trainer.IterationReport,
    of iterations: Int,
    trainSeconds: @autoclosure () -> Double
  ) {
    lossSum += iteration.loss * Double(iteration.imageCount)
    imageCount += iteration.imageCount
    let stretch = Self.stretch(ofIterations: iterations)
    guard iteration.iterations.isMultiple(of: stretch) || iteration.iterations == iterations else {
      return
    }
    points.append(
      Point(
        iterations: iteration.iterations,
        loss: lossSum / Double(imageCount),
        trainSeconds: trainSeconds()
      )
    )
    lossSum = 0
    imageCount = 0
  }

  /// Whether it can be that of a run of so many iterations at one of them. The points of its beginning may
  /// be missing: checkpoints of before there were any have none.
  func isPossible(atIteration iteration: Int, of iterations: Int, batchSize: Int) -> Bool {
    let stretch = Self.stretch(ofIterations: iterations)
    let isAtEnd = iteration == iterations && !iteration.isMultiple(of: stretch)
    let count = iteration / stretch + (isAtEnd ? 1 : 0)
    let begun = iteration == iterations ? 0 : iteration % stretch
    guard points.count <= count, (0...begun * batchSize).contains(imageCount),
      abs(lossSum) <= Double(imageCount) * Self.greatestLoss,
      points.allSatisfy({ abs($0.loss) <= Self.greatestLoss && $0.trainSeconds.isFinite })
    else { return false }
    return zip(points.reversed(), 0...).allSatisfy { point, index in
      point.iterations == min((count - index) * stretch, iterations)
    }
  }
}
