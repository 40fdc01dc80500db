import Foundation
import FreezeOut
import TensorBoard
import Training

/// The file that TensorBoard reads, kept up with a run.
///
/// It is made anew when a run goes on, from the history in its checkpoint, so that it is the file of a run
/// that never stopped. The new file has another name, and the old one is emptied, to be removed at the end:
/// a TensorBoard that is watching the old one finds the new one that way, and no other.
final class EventLog {
  /// What the files say, and are told by.
  static let writer = "freezeout"

  private let file: URL
  private let handle: FileHandle
  private var events: RunEvents

  /// Starts the file with the history of the run so far, and empties those of before.
  ///
  /// - Throws: `RunFolderError.cannotWrite`
  init(
    in folder: URL,
    _ events: RunEvents,
    _ records: [RunRecord],
    _ points: [LossCurve.Point]
  ) throws {
    let name = EventFileName(
      seconds: Int(Date().timeIntervalSince1970),
      host: ProcessInfo.processInfo.hostName,
      process: Int(ProcessInfo.processInfo.processIdentifier),
      writer: Self.writer
    ).description
    file = folder.appendingPathComponent(name)
    self.events = events
    do {
      let history = events.beginning + self.events.news(records, points)
      try RegularFile.write(Self.encoded(history), to: file)
      handle = try FileHandle(forWritingTo: file)
      try handle.seekToEnd()
    } catch {
      throw RunFolderError.cannotWrite(file.path, reason: error.systemReason)
    }
    for old in olderFiles { try? FileHandle(forWritingTo: old).truncate(atOffset: 0) }
  }

  /// Keeps up a file that is open already.
  init(_ file: URL, _ handle: FileHandle, _ events: RunEvents) {
    self.file = file
    self.handle = handle
    self.events = events
  }

  /// Adds what has happened since.
  ///
  /// - Parameter waits: Whether it must be on the disk before the run goes on.
  /// - Throws: `RunFolderError.cannotWrite`
  func update(_ records: [RunRecord], _ points: [LossCurve.Point], waits: Bool) throws {
    try append(events.news(records, points), waits: waits)
  }

  /// Adds the run's end, and after a good one removes the files of before.
  ///
  /// - Throws: `RunFolderError.cannotWrite`
  func end(_ outcome: Event.Outcome, iterations: Int) throws {
    try append([events.end(outcome, iterations: iterations)], waits: true)
    guard outcome == .success else { return }
    for old in olderFiles { try? FileManager.default.removeItem(at: old) }
  }

  private func append(_ news: [Event], waits: Bool) throws {
    guard !news.isEmpty else { return }
    do {
      // At once, so that a reader seldom sees half a record.
      try handle.write(contentsOf: Self.encoded(news))
      if waits { try handle.synchronize() }
    } catch {
      throw RunFolderError.cannotWrite(file.path, reason: error.systemReason)
    }
  }

  private static func encoded(_ events: [Event]) throws -> Data {
    try events.reduce(into: Data()) { try $0.append($1.encoded()) }
  }

  /// Those that other processes wrote of this run; files of other programs stay as they are.
  private var olderFiles: [URL] {
    let folder = file.deletingLastPathComponent()
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    return (names ?? [])
      .filter { $0 != file.lastPathComponent && EventFileName.isEventFile($0, of: Self.writer) }
      .map { folder.appendingPathComponent($0) }
  }
}

extension EventLog {
  /// Starts the file of a run that begins or goes on.
  ///
  /// - Throws: `RunFolderError.cannotWrite`
  convenience init(of trainer: Trainer, _ description: RunDescription, in folder: RunFolder) throws
  {
    let events = RunEvents(of: description, schedule: trainer.learner.schedule)
    try self.init(in: folder.url, events, trainer.records, trainer.lossCurve.points)
  }

  /// Adds what came with an event.
  ///
  /// - Throws: `RunFolderError.cannotWrite`
  func update(with event: Trainer.Event, of trainer: Trainer) throws {
    switch event {
    case .iteration: try update(trainer.records, trainer.lossCurve.points, waits: false)
    case .freeze, .epoch: try update(trainer.records, trainer.lossCurve.points, waits: true)
    case .evaluation, .placement, .recordingFailed: break
    }
  }
}
