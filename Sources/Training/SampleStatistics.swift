extension [Double] {
  /// The sum by the count; not a number of none.
  package var mean: Double {
    reduce(0, +) / Double(count)
  }

  /// The standard deviation of what these are a sample of; nil of fewer than two.
  package var standardDeviation: Double? {
    guard count > 1 else { return nil }
    let mean = mean
    return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
  }

  /// Half the width of the interval that holds the mean of what these are a sample of with 95 %,
  /// by Student's distribution; nil of fewer than two.
  package var confidenceMargin: Double? {
    standardDeviation.map { deviation in
      Self.quantile(degreesOfFreedom: count - 1) * deviation / Double(count).squareRoot()
    }
  }

  /// Student's two-sided quantile at 95 %.
  static func quantile(degreesOfFreedom degrees: Int) -> Double {
    degrees <= quantiles.count ? quantiles[degrees - 1] : 2.09
  }

  /// Student's two-sided quantiles at 95 % by degrees of freedom, from 1. Further ones are below the
  /// last, 2.09.
  private static let quantiles = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093,
  ]
}
