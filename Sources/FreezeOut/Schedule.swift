/// When each layer of a network freezes and how fast it learns until then.
///
/// Layers are numbered 0...L in forward order, iterations (steps of the optimizer) from 0. Layer
/// `i` has the freeze time `t_i`, a fraction of the run; its learning rate follows half a cosine
/// down to zero at `t_i`, and from then on the layer is frozen. Freeze times never decrease with
/// depth, so the frozen layers are always the first ones, and one integer, the frozen count, says
/// which.
///
///     let schedule = try Schedule(
///       layerCount: 40, iterations: 90_000, firstFreeze: 0.8,
///       growth: .cubic, scalesLearningRates: true, baseLearningRate: 0.1)
///     schedule.frozenCount(atIteration: 60_000)  // 15: layers 0..<15 are frozen
///     schedule.learningRate(ofLayer: 39, atIteration: 60_000)  // 0.025
///
/// Everything is a pure function of the iteration: a run that resumes, a plot and a plan ask the
/// same questions and need no history.
///
/// Three things hold for every schedule. All layers train in iteration 0. The last layer never
/// freezes. From iteration `iterations` on, when the run is over, nothing changes any more: the
/// frozen count stays that of the last iteration and all other rates are 0.
///
/// Source: Brock, Lim, Ritchie, Weston, "FreezeOut: Accelerate Training by Progressively Freezing
/// Layers" (arXiv 1706.04983); `densenet.py` of github.com/ajbrock/FreezeOut at 73beea1. Unlike the
/// latter, which takes an epoch for 1,000 iterations, a schedule knows the length of its run.
public struct Schedule: Hashable, Sendable {
  /// The number of layers, `L + 1`.
  public let layerCount: Int
  /// The length of the run in iterations.
  public let iterations: Int
  /// The paper's `t_0`, in (0, 1], before growth: layer 0 freezes at `growth(firstFreeze)`.
  public let firstFreeze: Double
  /// How freeze times grow from `firstFreeze` at layer 0 to 1 at the last layer.
  public let growth: Growth
  /// Whether layer `i` starts at `baseLearningRate / t_i`, so that all layers cover the same
  /// distance before they freeze, or all start at `baseLearningRate`.
  public let scalesLearningRates: Bool
  /// The learning rate at which the last layer starts.
  public let baseLearningRate: Double

  /// The lengths that a run can have: up to 2^53 iterations, where a `Double` still tells each
  /// iteration from the next.
  public static let validIterations = 1...(1 << 53)

  /// Makes a schedule, or says which setting makes it impossible.
  ///
  /// - Parameters:
  ///   - layerCount: the number of layers, at least 1. A single layer never freezes.
  ///   - iterations: the length of the run in iterations, in `validIterations`.
  ///   - firstFreeze: the paper's `t_0`, in (0, 1], before growth. 1 freezes nothing.
  ///   - growth: how freeze times grow with depth.
  ///   - scalesLearningRates: whether layers that freeze earlier start faster.
  ///   - baseLearningRate: the last layer's initial learning rate, finite and above 0.
  /// - Throws: `ScheduleError` with the first impossible value, in the order of the parameters.
  public init(
    layerCount: Int,
    iterations: Int,
    firstFreeze: Double,
    growth: Growth,
    scalesLearningRates: Bool,
    baseLearningRate: Double
  ) throws(ScheduleError) {
    guard layerCount >= 1 else { throw .layerCount(layerCount) }
    guard Self.validIterations.contains(iterations) else { throw .iterations(iterations) }
    guard firstFreeze > 0, firstFreeze <= 1 else { throw .firstFreeze(firstFreeze) }
    guard baseLearningRate.isFinite, baseLearningRate > 0 else {
      throw .baseLearningRate(baseLearningRate)
    }
    self.layerCount = layerCount
    self.iterations = iterations
    self.firstFreeze = firstFreeze
    self.growth = growth
    self.scalesLearningRates = scalesLearningRates
    self.baseLearningRate = baseLearningRate

    guard freezeTime(ofLayer: 0) > 0, initialLearningRate(ofLayer: 0).isFinite else {
      throw .vanishingFreezeTime(firstFreeze: firstFreeze, growth: growth)
    }
  }

  /// The schedule that freezes nothing: every layer follows one plain cosine from
  /// `baseLearningRate` to zero at the end of the run.
  ///
  /// This is FreezeOut with a first freeze of 1, where all freeze times are 1 whatever the growth
  /// and the scaling; a run with it is the baseline that FreezeOut is compared with.
  ///
  /// - Throws: `ScheduleError` if a value is impossible.
  public static func baseline(
    layerCount: Int,
    iterations: Int,
    baseLearningRate: Double
  ) throws(ScheduleError) -> Schedule {
    try Schedule(
      layerCount: layerCount,
      iterations: iterations,
      firstFreeze: 1,
      growth: .linear,
      scalesLearningRates: false,
      baseLearningRate: baseLearningRate
    )
  }
}

extension Schedule: Codable {
  private enum CodingKeys: String, CodingKey {
    case layerCount, iterations, firstFreeze, growth, scalesLearningRates, baseLearningRate
  }

  /// Decodes the six settings and validates them as the initializer does.
  ///
  /// - Throws: `DecodingError`; where a value is impossible, its `underlyingError` is the
  ///   `ScheduleError` and its `debugDescription` that error's sentence.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let layerCount = try container.decode(Int.self, forKey: .layerCount)
    let iterations = try container.decode(Int.self, forKey: .iterations)
    let firstFreeze = try container.decode(Double.self, forKey: .firstFreeze)
    let growth = try container.decode(Growth.self, forKey: .growth)
    let scalesLearningRates = try container.decode(Bool.self, forKey: .scalesLearningRates)
    let baseLearningRate = try container.decode(Double.self, forKey: .baseLearningRate)
    do throws(ScheduleError) {
      try self.init(
        layerCount: layerCount,
        iterations: iterations,
        firstFreeze: firstFreeze,
        growth: growth,
        scalesLearningRates: scalesLearningRates,
        baseLearningRate: baseLearningRate
      )
    } catch {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: error.description,
          underlyingError: error
        )
      )
    }
  }
}
