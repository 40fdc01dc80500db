import FreezeOut

/// The ways to freeze that a sweep tries: every strategy with every first freeze and every kind of
/// rates.
public struct SweepGrid: Hashable, Sendable, Codable {
  /// How freeze times grow.
  public var growths: [Growth]
  /// The paper's `t_0`, from the earliest.
  public var firstFreezes: [Double]
  /// Whether layers that freeze earlier start with a higher rate.
  public var scalings: [Bool]

  /// A grid of these values; one that is given twice counts once.
  public init(growths: [Growth], firstFreezes: [Double], scalings: [Bool]) {
    self.growths = growths.uniqued
    self.firstFreezes = firstFreezes.uniqued.sorted()
    self.scalings = scalings.uniqued
  }

  /// The ways to freeze, in the order in which they run: the first freezes from the outermost to those
  /// between, each with all strategies, so that however few have run, they span the range and no
  /// strategy is ahead of another.
  public var points: [SweepPoint] {
    Self.coarseToFine(firstFreezes.count).flatMap { index in
      growths.flatMap { growth in
        scalings.map { scales in
          SweepPoint(
            freezing: .init(
              firstFreeze: firstFreezes[index],
              growth: growth,
              scalesLearningRates: scales
            )
          )
        }
      }
    }
  }

  /// All runs of one seed, in order. The baseline, which every saving is measured against, comes first
  /// for one seed and in the middle for the next, so that a machine that slows down slows both.
  ///
  /// - Parameter index: Which seed it is, from 0.
  public func points(ofSeed index: Int) -> [SweepPoint] {
    var points = points
    points.insert(.baseline, at: index.isMultiple(of: 2) ? 0 : points.count / 2)
    return points
  }

  /// The indices of so many values, the outermost first, then what halves the gaps.
  static func coarseToFine(_ count: Int) -> [Int] {
    guard count > 1 else { return Array(0..<count) }
    var order = [0, count - 1]
    var gaps = [0..<(count - 1)]
    while !gaps.isEmpty {
      let gap = gaps.removeFirst()
      guard gap.count > 1 else { continue }
      let middle = (gap.lowerBound + gap.upperBound) / 2
      order.append(middle)
      gaps += [gap.lowerBound..<middle, middle..<gap.upperBound]
    }
    return order
  }
}

extension Array where Element: Hashable {
  /// The elements in order, each once.
  fileprivate var uniqued: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
