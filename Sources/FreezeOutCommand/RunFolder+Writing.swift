import Foundation
import Training

extension RunFolder {
  /// Finds out before the work whether files can be written here, or where the folder is to be made.
  ///
  /// - Throws: `RunFolderError.readOnly`
  func requireWritable() throws {
    var place = url.standardizedFileURL
    while !FileManager.default.fileExists(atPath: place.path), place.path != "/" {
      place.deleteLastPathComponent()
    }
    // What is no folder is told when the folder is made.
    guard isFolder(place), access(place.path, W_OK | X_OK) != 0 else { return }
    throw RunFolderError.readOnly(place.path, reason: String(cString: strerror(errno)))
  }

  private func isFolder(_ place: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// Keeps a run's state beside the one before it.
  ///
  /// - Throws: `RunFolderError.cannotWrite`, `TorchError`
  func write(_ state: Checkpoint) throws {
    try write(state.encoded(), to: checkpoint, keepingPreviousAt: previousCheckpoint)
  }

  /// Writes what a run has trained.
  ///
  /// - Throws: `RunFolderError.cannotWrite`, `TorchError`
  func write(_ network: SavedNetwork) throws {
    try write(network.encoded(), to: weights)
  }

  /// Moves a newest state that cannot be read out of the way of the next one, which would put it in the
  /// place of the one before it, the only one that is whole.
  ///
  /// - Parameter state: Where the run goes on.
  /// - Throws: `RunFolderError.cannotWrite`
  func setAsideDamaged(goingOnFrom state: Checkpoint) throws {
    guard state.path == previousCheckpoint.path else { return }
    guard FileManager.default.fileExists(atPath: checkpoint.path) else { return }
    guard rename(checkpoint.path, damagedCheckpoint.path) == 0 else {
      throw RunFolderError.cannotWrite(
        damagedCheckpoint.path,
        reason: String(cString: strerror(errno))
      )
    }
  }

  private func write(_ data: Data, to file: URL, keepingPreviousAt previous: URL? = nil) throws {
    do {
      try RegularFile.write(data, to: file, keepingPreviousAt: previous)
    } catch {
      throw RunFolderError.cannotWrite(file.path, reason: error.systemReason)
    }
  }
}
