/// Why freezing may not be worth it in a run, as far as a plan can tell.
public enum FreezingAdvice: Hashable, Sendable {
  /// No layer freezes before the run ends.
  case nothingFreezes
  /// The first layer freezes so late that little can be saved; with t_0, as it was asked for.
  case lateFirstFreeze(Double)
  /// The whole saving is less than runs differ by chance.
  case smallSaving(Double)
  /// A part of the time goes by in waiting for data, which freezing does not shorten.
  case waitsForData(share: Double)
  /// The first layers freeze before they have learned much.
  case hurtingFirstFreeze(Double)

  /// Savings below this are smaller than the difference between two runs of the same settings.
  static let smallSaving = 0.03
  /// The share of the run at which the first layer freezes from which on no network saves more than
  /// `smallSaving`: were all layers frozen then, what is left of the run would do without its backward
  /// passes, two thirds of a step whose backward pass costs twice its forward pass.
  static let latestFirstFreezeTime = 1 - smallSaving * 3 / 2
  /// Waiting for data for a larger share of the time makes a run data-bound.
  static let dataShare = 0.1
  /// Below this first freeze, cubic growth is known to hurt: 8.0 % error at 0.3 against 6.3 % of the
  /// baseline, DenseNet k=12 L=76 on CIFAR-10 (arXiv 1706.04983, figure 3, cubic, scaled).
  static let leastCubicFirstFreeze = 0.3

  /// Everything that speaks against a schedule.
  ///
  /// - Parameters:
  ///   - saving: the predicted share of the time that freezing saves; nil where it is not known.
  ///   - dataShare: the share of the time that is spent waiting for data; nil where it is not known.
  public static func advice(
    on schedule: Schedule,
    saving: Double?,
    dataShare: Double? = nil
  ) -> [FreezingAdvice] {
    guard !schedule.freezeEvents.isEmpty else { return [.nothingFreezes] }
    var advice: [FreezingAdvice] = []
    // t_0 is quoted before growth: with cubic growth 0.95 freezes the first layer at 0.857.
    if schedule.freezeTime(ofLayer: 0) > latestFirstFreezeTime {
      advice.append(.lateFirstFreeze(schedule.firstFreeze))
    }
    if schedule.growth == .cubic, schedule.firstFreeze < leastCubicFirstFreeze {
      advice.append(.hurtingFirstFreeze(schedule.firstFreeze))
    }
    if let saving, saving < smallSaving { advice.append(.smallSaving(saving)) }
    if let dataShare, dataShare >= Self.dataShare {
      advice.append(.waitsForData(share: dataShare))
    }
    return advice
  }
}

extension FreezingAdvice: CustomStringConvertible {
  /// One sentence: what it is and what to do.
  public var description: String {
    switch self {
    case .nothingFreezes:
      "no layer freezes before the run ends: lower t0 or train for longer"
    case .lateFirstFreeze(let firstFreeze):
      "t0 = \(firstFreeze) leaves little to save: lower it, or train without freezing"
    case .smallSaving(let saving):
      "a saving of \(percent(saving)) % is less than two runs of the same settings differ by: the "
        + "network is too small for freezing to pay, or t0 too near 1"
    case .waitsForData(let share):
      "\(percent(share)) % of the time is spent waiting for data, and freezing shortens only the "
        + "rest"
    case .hurtingFirstFreeze(let firstFreeze):
      "cubic growth with t0 = \(firstFreeze) freezes the first layers before they have learned much, "
        + "which is known to cost accuracy: use t0 of 0.3 or more, or linear growth"
    }
  }

  /// A share in percent, with one digit behind the point.
  private func percent(_ share: Double) -> Double {
    (share * 1000).rounded() / 10
  }
}
