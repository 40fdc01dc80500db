/// What is said of savings that are not of freezing alone.
package enum TimeCaution {
  /// The words; nil where there is nothing to say.
  ///
  /// - Parameters:
  ///   - jobs: How many runs went on at a time.
  ///   - usesSpareCore: Whether frozen layers could run on a core that the baseline leaves idle.
  package static func sentence(jobs: Int, usesSpareCore: Bool) -> String? {
    if jobs > 1 {
      return
        "note: \(jobs) runs went on at a time and slowed each other down, not all alike: what was saved "
        + "is rough; take one at a time to measure it"
    }
    return usesSpareCore
      ? "note: the frozen layers may run on a core that the baseline leaves idle, which is then a part "
        + "of what was saved: let --threads be the number of cores to compare the same work on all"
      : nil
  }
}
