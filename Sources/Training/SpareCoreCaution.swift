/// What is said of savings that a core may have a part in which the baseline leaves idle.
enum SpareCoreCaution {
  /// The words; nil where there is no such core.
  static func sentence(_ usesSpareCore: Bool) -> String? {
    usesSpareCore
      ? "note: the frozen layers may run on a core that the baseline leaves idle, which is then a part "
        + "of what was saved: let --threads be the number of cores to compare the same work on all"
      : nil
  }
}
