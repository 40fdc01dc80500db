import ArgumentParser
import Training

/// What `--precision` says.
enum ProductPrecision: String, CaseIterable, ExpressibleByArgument {
  case float32, tf32, bfloat16

  /// What is less than float32; nil for that.
  var reduced: ReducedPrecision? { ReducedPrecision(rawValue: rawValue) }
}
