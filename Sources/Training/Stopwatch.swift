/// Measures one thing after another.
struct Stopwatch {
  private let clock = ContinuousClock()
  private var begin: ContinuousClock.Instant

  /// Begins to measure.
  init() {
    begin = clock.now
  }

  /// The seconds since the last lap, or since the beginning.
  mutating func lap() -> Double {
    let now = clock.now
    defer { begin = now }
    return (now - begin).seconds
  }
}

/// What the parts of a training step took, in seconds.
public struct StepSeconds: Hashable, Sendable, Codable {
  /// The trained stages and the loss.
  public var forward = 0.0
  /// The gradients.
  public var backward = 0.0
  /// The move of the weights.
  public var optimizer = 0.0
}

extension Duration {
  /// The duration as a number of seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
