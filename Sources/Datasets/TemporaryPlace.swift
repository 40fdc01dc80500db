import Foundation

/// A hidden name beside a final one, under which something is made before it is renamed.
///
/// Names are unique, so that two programs at once do not write into one another's file.
struct TemporaryPlace {
  let url: URL
  private let destination: URL

  /// A place beside `destination`; what earlier programs left there when they were killed, and is
  /// a day old, is removed.
  init(for destination: URL) {
    self.destination = destination
    let folder = destination.deletingLastPathComponent()
    let prefix = ".\(destination.lastPathComponent)."
    Self.removeLeftovers(in: folder, prefix: prefix)
    url = folder.appendingPathComponent("\(prefix)\(UUID().uuidString)\(Self.suffix)")
  }

  /// Removes what is under the temporary name.
  func remove() {
    try? FileManager.default.removeItem(at: url)
  }

  /// Gives `item`, which is the temporary file or something in the temporary folder, its final name
  /// in one step. Where another program has done so first, its work stays, and ours goes.
  ///
  /// - Throws: `DatasetError.unwritable`.
  func publish(_ item: URL) throws {
    if rename(item.path, destination.path) == 0 { return }
    let reason = String(cString: strerror(errno))
    if !FileManager.default.fileExists(atPath: destination.path) {
      throw DatasetError.unwritable(path: destination.path, reason: reason)
    }
  }

  private static let suffix = ".partial"
  private static let secondsBeforeRemoval: Double = 24 * 60 * 60

  private static func removeLeftovers(in folder: URL, prefix: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      let url = folder.appendingPathComponent(name)
      let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
      let changed = attributes?[.modificationDate] as? Date ?? Date()
      if Date().timeIntervalSince(changed) > secondsBeforeRemoval {
        try? FileManager.default.removeItem(at: url)
      }
    }
  }
}
