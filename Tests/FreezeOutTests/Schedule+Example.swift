import FreezeOut

extension Schedule {
  /// A schedule of 10 layers and 24 iterations, except for what is given.
  static func example(
    layerCount: Int = 10,
    iterations: Int = 24,
    firstFreeze: Double = 0.5,
    growth: Growth = .cubic,
    scalesLearningRates: Bool = true,
    baseLearningRate: Double = 0.01
  ) throws(ScheduleError) -> Schedule {
    try Schedule(
      layerCount: layerCount,
      iterations: iterations,
      firstFreeze: firstFreeze,
      growth: growth,
      scalesLearningRates: scalesLearningRates,
      baseLearningRate: baseLearningRate
    )
  }
}
