import Datasets
import Foundation
import Training

/// The folder that holds everything a run leaves behind.
struct RunFolder {
  let url: URL
  /// Held while this process uses the folder; nil for one that is only looked at.
  private let lock: FolderLock?

  /// The folder at a place, to look at.
  init(url: URL) {
    self.url = url
    lock = nil
  }

  private init(url: URL, lock: FolderLock) {
    self.url = url
    self.lock = lock
  }

  /// The description and, at the end, the result.
  var description: URL { url.appendingPathComponent("run.json") }
  /// A line for every epoch and freeze event.
  var metrics: URL { url.appendingPathComponent("metrics.jsonl") }
  /// The trained network.
  var weights: URL { url.appendingPathComponent("weights.safetensors") }
  /// The newest state that was kept.
  var checkpoint: URL { url.appendingPathComponent("checkpoint.safetensors") }
  /// The one before it, should the newest be damaged.
  var previousCheckpoint: URL { url.appendingPathComponent("checkpoint-previous.safetensors") }

  /// A newest one that was damaged.
  var damagedCheckpoint: URL { url.appendingPathComponent("checkpoint-damaged.safetensors") }

  /// What is kept of the frozen layers' output, while the run goes on.
  func features(_ number: Int) -> URL { url.appendingPathComponent("features-\(number).cache") }

  /// Removes what was kept of the frozen layers' output, by whatever process; files of something else
  /// stay.
  func removeFeatures() {
    let names = try? FileManager.default.contentsOfDirectory(atPath: url.path)
    for name in names ?? [] where name.hasPrefix("features-") && name.hasSuffix(".cache") {
      FeatureStore.removeFile(at: url.appendingPathComponent(name))
    }
  }

  /// Removes what processes that were killed while they wrote a file have left of it.
  func removePartialFiles() {
    let names = try? FileManager.default.contentsOfDirectory(atPath: url.path)
    for name in names ?? [] where Checkpoint.isPartialFile(named: name) {
      try? FileManager.default.removeItem(at: url.appendingPathComponent(name))
    }
  }

  /// Whether a run was begun here.
  var holdsRun: Bool {
    [description, checkpoint, previousCheckpoint].contains(where: Self.isThere)
  }

  /// The kind of series that was begun here; nil for none.
  var heldSeries: SeriesFolder.Kind? {
    SeriesFolder.Kind.allCases.first {
      Self.isThere(url.appendingPathComponent($0.descriptionName))
    }
  }

  /// Checks that a new run can go here.
  ///
  /// - Throws: `RunFolderError.holdsRun` or `holdsSeries`
  func requireFree() throws {
    if holdsRun { throw RunFolderError.holdsRun(url.path) }
    if let heldSeries { throw RunFolderError.holdsSeries(url.path, heldSeries) }
  }

  /// The same folder, made unless it is there, and kept from other processes as long as the value is
  /// alive.
  ///
  /// - Throws: `RunFolderError.cannotCreate`, and `inUse` when another process has it.
  func reserved() throws -> RunFolder {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw RunFolderError.cannotCreate(
        url.path,
        reason: error.systemReason
      )
    }
    return RunFolder(url: url, lock: try FolderLock(url))
  }

  private static func isThere(_ file: URL) -> Bool {
    FileManager.default.fileExists(atPath: file.path)
  }

  /// The state to resume from: the newest one that is whole. One that is whole and cannot be used, as of
  /// a newer program, is not passed over.
  ///
  /// - Throws: `RunFolderError.nothingToResume`, and of the newest `SafetensorsError` and
  ///   `TrainingError.checkpoint`.
  func readCheckpoint() throws -> Checkpoint {
    let files = [checkpoint, previousCheckpoint].filter(Self.isThere)
    guard let newest = files.first else { throw RunFolderError.nothingToResume(url.path) }
    do {
      return try Checkpoint(contentsOf: newest)
    } catch {
      guard !Checkpoint.isWhole(newest), let older = files.dropFirst().first,
        let earlier = try? Checkpoint(contentsOf: older)
      else { throw error }
      Terminal.standardError.write(
        "note: \(error); going on from the one before it, after iteration \(earlier.iteration)\n"
      )
      return earlier
    }
  }

  /// What the folder says of its run; nil where it says nothing that can be read.
  func readDescription() -> RunDescription? {
    guard let json = FileManager.default.contents(atPath: description.path) else { return nil }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try? decoder.decode(RunDescription.self, from: json)
  }

  /// Writes a value as JSON that a person can read, in one go.
  func write(_ value: some Encodable, to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    do {
      try RegularFile.write(encoder.encode(value) + Data("\n".utf8), to: file)
    } catch {
      throw RunFolderError.cannotWrite(file.path, reason: error.systemReason)
    }
  }
}

extension RunFolder {
  /// A folder under `runs` for a run of this name, reserved, that holds none yet.
  ///
  /// - Throws: `RunFolderError.cannotCreate`
  static func fresh(named name: String) throws -> RunFolder {
    var number = 1
    while true {
      let folder = numbered(name, number)
      do {
        // A run may have begun or ended here since the first look.
        if !folder.holdsRun, case let reserved = try folder.reserved(), !reserved.holdsRun {
          return reserved
        }
      } catch RunFolderError.inUse {
        // The next number then.
      }
      number += 1
    }
  }

  /// The last folder under `runs` with a run of this name.
  static func latest(named name: String) -> RunFolder? {
    (1...).lazy.map { numbered(name, $0) }.prefix(while: \.holdsRun).reduce(nil) { $1 }
  }

  private static func numbered(_ name: String, _ number: Int) -> RunFolder {
    let folder = number == 1 ? name : "\(name)-\(number)"
    return RunFolder(url: URL(fileURLWithPath: "runs/\(folder)", isDirectory: true))
  }
}

/// A folder that this process keeps from others; the system lets go of it when the process ends, however
/// it ends.
private final class FolderLock: Sendable {
  private let descriptor: Int32

  init(_ folder: URL) throws {
    descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw RunFolderError.cannotCreate(folder.path, reason: String(cString: strerror(errno)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw RunFolderError.inUse(folder.path)
    }
  }

  deinit {
    close(descriptor)
  }
}

/// Why a run's folder cannot be used.
enum RunFolderError: Error, Equatable, CustomStringConvertible {
  case holdsRun(String)
  case holdsSeries(String, SeriesFolder.Kind)
  case noSeries(String, String, SeriesFolder.Kind)
  case foreignRun(String, of: SeriesFolder.Kind, reason: String)
  case inUse(String)
  case nothingToResume(String)
  case cannotCreate(String, reason: String)
  case readOnly(String, reason: String)
  case cannotWrite(String, reason: String)
  case damaged(String)

  var description: String {
    switch self {
    case .holdsRun(let path):
      "\(path) holds a run already: continue it with --resume, or give another --output"
    case .holdsSeries(let path, let kind):
      "\(path) holds a \(kind): give another --output"
    case .noSeries(let path, let held, let kind):
      "\(path) holds a \(held) and no \(kind): give another --output"
    case .foreignRun(let path, let series, let reason):
      "\(path) is no run of this \(series) (\(reason)): remove that folder and repeat the command"
    case .inUse(let path):
      "\(path) is in use by another run: wait for its end, or give another --output"
    case .nothingToResume(let path):
      "\(path) holds no checkpoint to resume from: give the run's own --output, or drop --resume"
    case .cannotCreate(let path, let reason):
      "the folder \(path) cannot be made (\(reason)): give another --output"
    case .readOnly(let path, let reason):
      "nothing can be written in \(path) (\(reason)): give another --output"
    case .cannotWrite(let path, let reason):
      "\(path) cannot be written (\(reason)): make room or give another place"
    case .damaged(let path):
      "\(path) cannot be read: it is damaged or another program's; give another --output"
    }
  }

  var status: ExitStatus {
    switch self {
    case .holdsRun, .holdsSeries, .noSeries, .inUse, .cannotCreate, .readOnly: .cannotCreate
    case .nothingToResume: .noInput
    case .cannotWrite: .ioError
    case .damaged, .foreignRun: .badData
    }
  }
}
