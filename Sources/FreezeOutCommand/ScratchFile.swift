import Foundation

extension URL {
  /// A file of nobody's yet where a folder is or will be made, or as near above it as there is one: on
  /// the same disk. For whoever asks to make and to remove.
  static func scratchFile(near folder: URL) -> URL {
    var place = folder.standardizedFileURL
    var isFolder: ObjCBool = false
    while place.path != "/",
      !FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder)
        || !isFolder.boolValue
    {
      place = place.deletingLastPathComponent()
    }
    return place.appendingPathComponent(".freezeout-\(UUID().uuidString).cache")
  }
}
