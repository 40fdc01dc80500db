import Foundation
import FreezeOut
import Training

/// The folder of runs that belong together: what they are of, a folder for every run, and at the end
/// the table.
struct SeriesFolder {
  /// What the runs are made for.
  enum Kind: String, CaseIterable {
    case comparison, sweep

    /// The name of the file that says what the runs are of.
    var descriptionName: String {
      switch self {
      case .comparison: "compare.json"
      case .sweep: "sweep.json"
      }
    }
  }

  /// What the runs are of, and what was measured before them.
  struct Description: Codable {
    var configuration: RunConfiguration
    var costs: MeasuredCosts
    /// Of keeping features; nil where none are kept.
    var cacheCosts: CacheCosts?
    var machine: MachineDescription
    /// How many runs of a sweep go on at a time; nil where that is not known, as an earlier program did not
    /// tell, and of a comparison.
    var jobs: Int?
  }

  let kind: Kind
  /// Where it is.
  var url: URL { folder.url }

  private let folder: RunFolder
  /// What stands in the folder; nil for a new series.
  let description: Description?

  /// Takes the folder.
  ///
  /// - Parameter reserves: Whether it is kept from other processes; false for one that makes a run of
  ///   it for the process that keeps it.
  /// - Throws: `RunFolderError` when it cannot be made, is in use, or holds something else.
  init(_ kind: Kind, url: URL, reserves: Bool = true) throws {
    self.kind = kind
    folder = reserves ? try RunFolder(url: url).reserved() : RunFolder(url: url)
    guard !folder.holdsRun, folder.heldSeries == nil || folder.heldSeries == kind else {
      throw RunFolderError.noSeries(url.path, folder.heldSeries?.rawValue ?? "run", kind)
    }
    if reserves { try folder.requireWritable() }
    let file = url.appendingPathComponent(kind.descriptionName)
    guard let json = FileManager.default.contents(atPath: file.path) else {
      description = nil
      return
    }
    do {
      description = try JSONDecoder().decode(Description.self, from: json)
    } catch {
      throw RunFolderError.damaged(file.path)
    }
  }

  /// Checks that the folder's series, if there is one, is this one, on this machine: its table is
  /// about time. More seeds may be added.
  ///
  /// - Throws: `UsageError`
  func requireSame(
    _ configuration: RunConfiguration,
    on machine: MachineDescription,
    jobs: Int? = nil
  ) throws {
    guard let description else { return }
    let differences =
      configuration.differences(from: description.configuration)
      + machine.differences(from: description.machine)
      + jobsDifferences(description, jobs)
    if machine.commit != description.machine.commit {
      Terminal.standardError.write(
        "note: \(folder.url.path) was begun by a program of another commit "
          + "(\(description.machine.commit ?? "unknown")), which may take other times\n"
      )
    }
    guard !differences.isEmpty || description.configuration != configuration else { return }
    throw UsageError(
      description:
        "\(folder.url.path) holds a \(kind) with other settings "
        + "(\(differences.joined(separator: "; "))): repeat its command, or give another --output"
    )
  }

  private func jobsDifferences(_ description: Description, _ jobs: Int?) -> [String] {
    guard let begun = description.jobs, let jobs, begun != jobs else { return [] }
    return ["runs at a time \(begun) there, \(jobs) here"]
  }

  /// What was measured, here or by the command that this one goes on from.
  ///
  /// - Throws: `RunFolderError.damaged` for measurements of another number of layers, and what
  ///   `measure` throws.
  func measured(
    layerCount: Int,
    measuring measure: () throws -> Description
  ) throws -> Description {
    if let description {
      let cached = description.cacheCosts?.frozenSeconds.count ?? layerCount
      guard description.costs.layers.count == layerCount, cached == layerCount else {
        throw RunFolderError.damaged(folder.url.appendingPathComponent(kind.descriptionName).path)
      }
      return description
    }
    let new = try measure()
    try folder.write(new, to: folder.url.appendingPathComponent(kind.descriptionName))
    return new
  }

  /// The folder of a run.
  func run(_ name: String, seed: UInt64) -> RunFolder {
    RunFolder(
      url: folder.url.appendingPathComponent("seed-\(seed)", isDirectory: true)
        .appendingPathComponent(name, isDirectory: true)
    )
  }

  /// Keeps the table.
  func write(_ table: some Encodable, lines: [String]) throws {
    try folder.write(table, to: folder.url.appendingPathComponent("table.json"))
    let text = lines.joined(separator: "\n") + "\n"
    let file = folder.url.appendingPathComponent("table.txt")
    do {
      try RegularFile.write(Data(text.utf8), to: file)
    } catch {
      throw RunFolderError.cannotWrite(file.path, reason: error.systemReason)
    }
  }
}
