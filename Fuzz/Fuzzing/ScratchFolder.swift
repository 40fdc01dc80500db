import Foundation

/// A folder in memory, where the system has that, which goes with the process's regular end.
final class ScratchFolder {
  let url: URL

  init() throws {
    let memory = URL(fileURLWithPath: "/dev/shm", isDirectory: true)
    let place =
      FileManager.default.isWritableFile(atPath: memory.path)
      ? memory : FileManager.default.temporaryDirectory
    url = place.appendingPathComponent("freezeout-fuzz-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  func write(_ bytes: some DataProtocol, to name: String) throws {
    try Data(bytes).write(to: url.appendingPathComponent(name))
  }
}
