import Foundation
import FreezeOut
import Reports
import Training

/// The runs below some folders, as far as they can be read.
struct RunFinder {
  /// What was read, folder by folder in the order of their names.
  private(set) var runs: [ReportedRun] = []
  /// What could not be read, a sentence each.
  private(set) var notes: [String] = []

  /// Looks for runs in the folders and all that is below them.
  ///
  /// - Throws: `ReportError` where there is no run, or none that can be read.
  init(below folders: [URL]) throws {
    var seen: Set<String> = []
    var damages: [ReportError] = []
    for folder in folders {
      let found = try Self.runFolders(below: folder)
      for place in found where seen.insert(place.url.path).inserted {
        do {
          let name = Self.name(of: place.url, below: folder, isAlone: folders.count == 1)
          runs.append(try place.reportedRun(named: name))
        } catch let error as ReportError {
          damages.append(error)
        }
      }
    }
    guard !runs.isEmpty else {
      throw damages.first ?? .noRun(folders.map(\.path).joined(separator: ", "))
    }
    notes = damages.map { "\($0), which is left out" }
  }

  private static func runFolders(below folder: URL) throws -> [RunFolder] {
    let folder = folder.resolvingSymlinksInPath()
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder),
      isFolder.boolValue,
      // Links below are not followed: they may lead in a circle.
      let below = FileManager.default.enumerator(atPath: folder.path)
    else {
      throw ReportError.noFolder(folder.path)
    }
    let descriptions = below.compactMap { $0 as? String }
      .filter { ($0 as NSString).lastPathComponent == "run.json" }
      .sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    return descriptions.map {
      RunFolder(url: folder.appendingPathComponent($0).deletingLastPathComponent())
    }
  }

  /// What a run is called: by its folders below the given one, with the given one where there are others,
  /// whose runs may be called the same.
  private static func name(of run: URL, below folder: URL, isAlone: Bool) -> String {
    let root = folder.resolvingSymlinksInPath()
    let rest = run.path.dropFirst(root.path.count).drop { $0 == "/" }
    if isAlone { return rest.isEmpty ? root.lastPathComponent : String(rest) }
    return rest.isEmpty ? folder.relativePath : "\(folder.relativePath)/\(rest)"
  }
}

// MARK: - Reading a run

extension RunFolder {
  /// What the folder says of its run.
  ///
  /// - Throws: `ReportError.damaged`
  func reportedRun(named place: String) throws -> ReportedRun {
    let description = try readForReport()
    do {
      return try ReportedRun(
        place: place,
        configuration: description.configuration,
        network: description.network,
        layers: description.layers,
        parameterCount: description.parameterCount,
        trainImages: description.trainImages,
        evaluationImages: description.evaluationImages,
        iterationsPerEpoch: description.iterationsPerEpoch,
        startedAt: description.startedAt,
        isFinished: description.status == .finished,
        machine: ReportedRun.Machine(description.machine),
        jobs: description.jobs,
        costs: description.costs,
        prediction: description.prediction.map {
          RunPrediction(
            epochSeconds: $0.epochSeconds,
            baselineEpochSeconds: $0.baselineEpochSeconds
          )
        },
        paceSaving: description.comparison?.saving,
        records: try readRecords(isFinished: description.status == .finished),
        command: description.configuration.command(on: description.machine)
      )
    } catch let error as ReportedRunError {
      guard let line = error.record else {
        throw ReportError.damaged(self.description.path, reason: error.reason)
      }
      throw ReportError.damaged(metrics.path, reason: "line \(line): \(error.reason)")
    }
  }

  private func readForReport() throws -> RunDescription {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    do {
      return try decoder.decode(RunDescription.self, from: RegularFile.read(description))
    } catch let error as DecodingError {
      throw ReportError.damaged(description.path, reason: decodingReason(error))
    } catch {
      throw ReportError.damaged(description.path, reason: error.systemReason)
    }
  }

  /// The lines of the log. A last line that is not whole is what a killed process leaves, and is as if it
  /// were not there; a run that came to its end leaves none.
  private func readRecords(isFinished: Bool) throws -> [RunRecord] {
    guard isFinished || FileManager.default.fileExists(atPath: metrics.path) else { return [] }
    let lines: [Data.SubSequence]
    do {
      lines = try RegularFile.read(metrics).split(
        separator: UInt8(ascii: "\n"),
        omittingEmptySubsequences: false
      )
    } catch {
      throw ReportError.damaged(metrics.path, reason: error.systemReason)
    }
    guard !isFinished || lines.last?.isEmpty ?? true else {
      throw ReportError.damaged(
        metrics.path,
        reason: "line \(lines.count): it is cut off, and the run is finished"
      )
    }
    return try lines.dropLast().enumerated().map { index, line in
      do {
        return try JSONDecoder().decode(RunRecord.self, from: line)
      } catch {
        throw ReportError.damaged(
          metrics.path,
          reason: "line \(index + 1): \(decodingReason(error))"
        )
      }
    }
  }
}

extension ReportedRun.Machine {
  fileprivate init(_ machine: MachineDescription) {
    self.init(
      program: machine.freezeout,
      commit: machine.commit,
      libtorch: machine.libtorch,
      device: machine.device,
      threads: machine.threads,
      kernels: machine.kernels,
      processor: machine.processor,
      processorCount: machine.processorCount,
      operatingSystem: machine.operatingSystem,
      hasCoreToSpare: machine.hasCoreToSpare
    )
  }
}
