import Foundation
import FreezeOut
import Training

/// The folder of a comparison: what it is of, a folder for every run, and at the end the table.
struct ComparisonFolder {
  /// What a comparison is of, and what was measured before it.
  struct Description: Codable {
    var configuration: RunConfiguration
    var costs: MeasuredCosts
    /// Of keeping features; nil where none are kept.
    var cacheCosts: CacheCosts?
    var machine: MachineDescription
  }

  /// Where it is.
  var url: URL { folder.url }

  private let folder: RunFolder
  /// What stands in the folder; nil for a new comparison.
  let description: Description?

  /// Takes the folder for this process.
  ///
  /// - Throws: `RunFolderError` when it cannot be made, is in use, or holds a run.
  init(url: URL) throws {
    folder = try RunFolder(url: url).reserved()
    guard !folder.holdsRun else { throw RunFolderError.noComparison(url.path) }
    let file = url.appendingPathComponent(Self.descriptionName)
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

  static let descriptionName = "compare.json"

  /// Checks that the folder's comparison, if there is one, is this one, on this machine: its table is
  /// about time. More seeds may be added.
  ///
  /// - Throws: `UsageError`
  func requireSame(_ configuration: RunConfiguration, on machine: MachineDescription) throws {
    guard let description else { return }
    let differences =
      configuration.differences(from: description.configuration)
      + machine.differences(from: description.machine)
    if machine.commit != description.machine.commit {
      Terminal.standardError.write(
        "note: \(folder.url.path) was begun by a program of another commit "
          + "(\(description.machine.commit ?? "unknown")), which may take other times\n"
      )
    }
    guard !differences.isEmpty || description.configuration != configuration else { return }
    throw UsageError(
      description:
        "\(folder.url.path) holds a comparison with other settings "
        + "(\(differences.joined(separator: "; "))): repeat its command, or give another --output"
    )
  }

  /// What was measured, here or by the run that this one goes on from.
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
        throw RunFolderError.damaged(folder.url.appendingPathComponent(Self.descriptionName).path)
      }
      return description
    }
    let new = try measure()
    try folder.write(new, to: folder.url.appendingPathComponent(Self.descriptionName))
    return new
  }

  /// The folder of a run.
  func run(_ arm: Arm, seed: UInt64) -> RunFolder {
    RunFolder(
      url: folder.url.appendingPathComponent("seed-\(seed)", isDirectory: true)
        .appendingPathComponent(arm.rawValue, isDirectory: true)
    )
  }

  /// Keeps the table.
  func write(_ report: ComparisonReport) throws {
    try folder.write(report, to: folder.url.appendingPathComponent("table.json"))
    let text = report.lines.joined(separator: "\n") + "\n"
    let file = folder.url.appendingPathComponent("table.txt")
    do {
      try RegularFile.write(Data(text.utf8), to: file)
    } catch {
      throw RunFolderError.cannotWrite(file.path, reason: error.systemReason)
    }
  }
}
