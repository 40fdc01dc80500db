import Foundation
import Training

/// The folder that holds everything a run leaves behind.
struct RunFolder {
  let url: URL

  /// The description and, at the end, the result.
  var description: URL { url.appendingPathComponent("run.json") }
  /// A line for every epoch and freeze event.
  var metrics: URL { url.appendingPathComponent("metrics.jsonl") }
  /// The trained network.
  var weights: URL { url.appendingPathComponent("weights.safetensors") }
  /// The state at the end of the last epoch; before the first one, at the start.
  var checkpoint: URL { url.appendingPathComponent("checkpoint.safetensors") }

  /// Whether a run was begun here.
  var holdsRun: Bool {
    [description, checkpoint].contains { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// Makes the folder, unless it is there.
  ///
  /// - Throws: `RunFolderError.cannotCreate`
  func create() throws {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw RunFolderError.cannotCreate(
        url.path,
        reason: (error as NSError).localizedDescription
      )
    }
  }

  /// The state to resume from.
  ///
  /// - Throws: `RunFolderError.nothingToResume`, `SafetensorsError`, `TrainingError.checkpoint`
  func readCheckpoint() throws -> Checkpoint {
    guard FileManager.default.fileExists(atPath: checkpoint.path) else {
      throw RunFolderError.nothingToResume(url.path)
    }
    return try Checkpoint(contentsOf: checkpoint)
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
      try (encoder.encode(value) + Data("\n".utf8)).write(to: file, options: .atomic)
    } catch {
      throw RunFolderError.cannotWrite(file.path, reason: (error as NSError).localizedDescription)
    }
  }
}

extension RunFolder {
  /// A folder under `runs` for a run of this name that does not hold one yet.
  static func fresh(named name: String) -> RunFolder {
    numbered(name).first { !$0.holdsRun } ?? numbered(name)[0]
  }

  /// The last folder under `runs` with a run of this name.
  static func latest(named name: String) -> RunFolder? {
    numbered(name).prefix(while: \.holdsRun).last
  }

  private static func numbered(_ name: String) -> [RunFolder] {
    (1...9_999).map { number in
      let folder = number == 1 ? name : "\(name)-\(number)"
      return RunFolder(url: URL(fileURLWithPath: "runs/\(folder)", isDirectory: true))
    }
  }
}

/// Why a run's folder cannot be used.
enum RunFolderError: Error, Equatable, CustomStringConvertible {
  case holdsRun(String)
  case nothingToResume(String)
  case cannotCreate(String, reason: String)
  case cannotWrite(String, reason: String)

  var description: String {
    switch self {
    case .holdsRun(let path):
      "\(path) holds a run already: continue it with --resume, or give another --output"
    case .nothingToResume(let path):
      "\(path) holds no checkpoint to resume from"
    case .cannotCreate(let path, let reason):
      "cannot create the folder \(path): \(reason)"
    case .cannotWrite(let path, let reason):
      "cannot write \(path): \(reason)"
    }
  }

  var status: ExitStatus {
    switch self {
    case .holdsRun, .cannotCreate: .cannotCreate
    case .nothingToResume: .noInput
    case .cannotWrite: .ioError
    }
  }
}
