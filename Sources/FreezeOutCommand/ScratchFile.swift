import Foundation

extension URL {
  /// A file of nobody's yet in the system's folder for temporary ones, for whoever asks to make and
  /// to remove.
  static func scratchFile() -> URL {
    FileManager.default.temporaryDirectory
      .appendingPathComponent("freezeout-\(UUID().uuidString).cache")
  }
}
