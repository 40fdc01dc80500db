import Foundation

/// The memory of this process.
enum ProcessMemory {
  /// The largest amount that was resident at any time since the process began, in bytes.
  static var peakResidentBytes: Int {
    var usage = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #else
      // Linux counts in kibibytes, and its C header makes the constant a type of its own.
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #endif
  }
}
