/// How the freeze times grow from the first layer to the last: the paper's strategies.
///
/// A growth maps 0...1 to 0...1 and never decreases. Of two strategies with the same first freeze,
/// the one with the higher power freezes the early layers sooner.
///
/// Source: Brock, Lim, Ritchie, Weston, "FreezeOut" (arXiv 1706.04983), and `scale_fn` in
/// `utils.py` of github.com/ajbrock/FreezeOut at 73beea1.
public enum Growth: String, CaseIterable, Codable, Sendable {
  /// The identity, `x`.
  case linear
  /// The square, `x^2`.
  case squared
  /// The cube, `x^3`; what the published code does unless told otherwise.
  case cubic

  /// The growth at `x`, a fraction in 0...1.
  ///
  /// Powers are those of the C library's `pow`, as in the published code (`**` of Python). Products
  /// such as `x * x * x` round differently, which can move a freeze by an iteration where a freeze
  /// time times the number of iterations is a whole number.
  public func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .linear: x
    case .squared: power(x, 2)
    case .cubic: power(x, 3)
    }
  }
}
