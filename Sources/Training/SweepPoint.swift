import FreezeOut

/// One way to freeze, of those that a sweep tries.
public struct SweepPoint: Hashable, Sendable, Codable {
  /// How the layers leave training; nil for the baseline, in which none does.
  public var freezing: RunConfiguration.Freezing?

  /// The run in which nothing freezes.
  public static let baseline = SweepPoint(freezing: nil)

  /// A way to freeze; nil for none.
  public init(freezing: RunConfiguration.Freezing?) {
    self.freezing = freezing
  }

  /// A name for a folder, another one for each point: `cubic-scaled-t0-0.8`.
  public var name: String {
    guard let freezing else { return "baseline" }
    return "\(freezing.growth)-\(freezing.scaling)-t0-\(freezing.firstFreeze)"
  }

  /// What a person calls it: `cubic, scaled, t0 = 0.8`.
  public var title: String {
    guard let freezing else { return "baseline" }
    return "\(freezing.growth), \(freezing.scaling), t0 = \(freezing.firstFreeze)"
  }
}

extension RunConfiguration.Freezing {
  /// What a person calls the rates that layers start with.
  public var scaling: String { scalesLearningRates ? "scaled" : "unscaled" }
}

extension RunConfiguration {
  /// The run of a point of a sweep. A baseline has no frozen layers whose output could be kept, and
  /// sees fresh augmentations throughout.
  public func configuration(of point: SweepPoint, seed: UInt64) -> RunConfiguration {
    var configuration = self
    configuration.seed = seed
    configuration.freezing = point.freezing
    if point.freezing == nil {
      (configuration.views, configuration.redrawsViews, configuration.caching) = (nil, false, nil)
    }
    return configuration
  }
}
