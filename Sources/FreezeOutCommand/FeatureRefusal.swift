import Datasets

/// Runs the body; where a feature cache cannot be made, says so and gives nil: the work goes on without.
func keepingNothingWhereRefused<Result>(_ body: () throws -> Result?) rethrows -> Result? {
  do {
    return try body()
  } catch let error as FeatureStoreError {
    Terminal.standardError.write("note: no features are kept: \(error)\n")
    return nil
  }
}
