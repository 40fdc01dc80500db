import Foundation
import Training

/// A run of a series, which is made once: it is left alone where it is done, and goes on where it
/// stopped.
struct PlannedRun {
  let series: SeriesFolder.Kind
  let folder: RunFolder
  let configuration: RunConfiguration

  /// What is said of the run where it is done; nil where it is not.
  ///
  /// - Throws: `RunFolderError.foreignRun` for a run of other settings.
  func finished() throws -> RunDescription? {
    guard let description = folder.readDescription(), description.status == .finished else {
      return nil
    }
    let differences = configuration.differences(from: description.configuration)
    guard description.configuration == configuration else {
      throw foreign(differences.joined(separator: "; "))
    }
    return description
  }

  /// Makes the rest of the run.
  ///
  /// - Throws: `RunFolderError.foreignRun` for a run of other settings or one whose state cannot be
  ///   read, and what the run throws.
  func make(_ session: RunSession) throws -> RunDescription {
    let reserved = try folder.reserved()
    let checkpoint = try checkpoint()
    return try session.run(from: checkpoint) { reserved }
  }

  /// The error of a folder whose run is not this one.
  func foreign(_ reason: String) -> RunFolderError {
    .foreignRun(folder.url.path, of: series, reason: reason)
  }

  /// Where a run that was begun stands; nil for one that was not.
  private func checkpoint() throws -> Checkpoint? {
    guard folder.holdsRun else { return nil }
    let checkpoint: Checkpoint
    do {
      checkpoint = try folder.readCheckpoint()
    } catch {
      throw foreign("its checkpoint cannot be read")
    }
    let differences = configuration.differences(from: checkpoint.configuration)
    guard differences.isEmpty else { throw foreign(differences.joined(separator: "; ")) }
    return checkpoint
  }
}
