/// A setting from which no `Schedule` can be made.
public enum ScheduleError: Error, Equatable, Sendable {
  /// The number of layers, below 1.
  case layerCount(Int)
  /// The number of iterations, outside `Schedule.validIterations`.
  case iterations(Int)
  /// The first freeze (the paper's `t_0`), not a number or outside (0, 1].
  case firstFreeze(Double)
  /// A first freeze in (0, 1], but so small that after growth the first layer's freeze time is 0
  /// or its scaled initial learning rate is infinite.
  case vanishingFreezeTime(firstFreeze: Double, growth: Growth)
  /// The base learning rate, not a finite number above 0.
  case baseLearningRate(Double)
}

extension ScheduleError: CustomStringConvertible {
  /// One sentence that names the value and the remedy.
  public var description: String {
    switch self {
    case .layerCount(let count):
      "a schedule for \(count) layers is impossible: give the number of layers, at least 1"
    case .iterations(let iterations):
      """
      a run of \(iterations) iterations is impossible: give a number from \
      \(Schedule.validIterations.lowerBound) to \(Schedule.validIterations.upperBound)
      """
    case .firstFreeze(let firstFreeze):
      """
      the first freeze (t0) is \(firstFreeze): give a number above 0 and at most 1, \
      where 1 freezes nothing
      """
    case .vanishingFreezeTime(let firstFreeze, let growth):
      """
      the first freeze (t0) is \(firstFreeze), so small that with \(growth.rawValue) growth the \
      first layer could not train at all: give a larger one, such as 0.5
      """
    case .baseLearningRate(let rate):
      "the base learning rate is \(rate): give a finite number above 0, such as 0.1"
    }
  }
}
