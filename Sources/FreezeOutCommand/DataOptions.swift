import ArgumentParser
import Datasets
import Foundation
import Training

/// The data sets by the names of the options.
enum DatasetName: String, CaseIterable, ExpressibleByArgument {
  case cifar10
  case cifar100
  case generated
  case generated100

  /// The sizes of the generated data sets.
  private static let generatedTrainingCount = 10_000
  private static let generatedTestCount = 2_000
  /// Of the images, so that runs of several seeds see the same ones.
  private static let generatedSeed: UInt64 = 0

  /// The number of images to train on and to hold back from, known without reading any.
  var trainingCount: Int {
    switch self {
    case .cifar10: CIFARLayout.cifar10.trainingFiles.map(\.records).reduce(0, +)
    case .cifar100: CIFARLayout.cifar100.trainingFiles.map(\.records).reduce(0, +)
    case .generated, .generated100: Self.generatedTrainingCount
    }
  }

  /// The number of classes.
  var classCount: Int {
    switch self {
    case .cifar10: CIFARLayout.cifar10.classNames.count
    case .cifar100: CIFARLayout.cifar100.classNames.count
    case .generated: GeneratedDataset.Classes.shapes.rawValue
    case .generated100: GeneratedDataset.Classes.texturedShapes.rawValue
    }
  }

  /// Reads or makes the data set.
  ///
  /// - Throws: `DatasetError`
  func open(in folder: URL, progress: @escaping @Sendable (DatasetProgress) -> Void) throws
    -> DatasetPair
  {
    switch self {
    case .cifar10: try CIFARLayout.cifar10.open(in: folder, progress: progress)
    case .cifar100: try CIFARLayout.cifar100.open(in: folder, progress: progress)
    case .generated: try generated(.shapes)
    case .generated100: try generated(.texturedShapes)
    }
  }

  private func generated(_ classes: GeneratedDataset.Classes) throws -> DatasetPair {
    try GeneratedDataset(classes: classes, seed: Self.generatedSeed)
      .pair(trainingCount: Self.generatedTrainingCount, testCount: Self.generatedTestCount)
  }
}

/// Where the images come from.
struct DataOptions: ParsableArguments {
  @Option(
    help: """
      cifar10, cifar100, generated (10 classes) or generated100 (100 classes), which needs no \
      download. (default: cifar100)
      """
  )
  var dataset: DatasetName?

  @Option(
    help: ArgumentHelp(
      """
      The folder of CIFAR's binary files or archive; a missing archive is downloaded to it. \
      (default: data)
      """,
      valueName: "dir"
    )
  )
  var data: String?

  /// The folder: what was given, else that of the run to resume or evaluate, else `data`.
  func folder(of run: RunDescription?) -> URL {
    URL(fileURLWithPath: data ?? run?.dataFolder ?? "data", isDirectory: true)
  }

  /// Reads or makes the images, with progress on the terminal.
  func open(_ name: DatasetName, in folder: URL) throws -> DatasetPair {
    let progress = DownloadProgress()
    defer { progress.end() }
    return try name.open(in: folder) {
      progress.report($0)
    }
  }
}

/// Shows the steps on the way to a data set.
private final class DownloadProgress: @unchecked Sendable {
  private let lock = NSLock()
  private let line = ProgressLine(.standardError)

  func report(_ progress: DatasetProgress) {
    lock.withLock {
      switch progress {
      case .downloading(let bytes, let totalBytes):
        line.update(totalBytes.map { Double(bytes) / Double(max($0, 1)) } ?? 0) {
          "downloading, \(bytes / 1_000_000) MB"
        }
      case .unpacking(let path): line.line("unpacking \(path)")
      case .reading: break
      }
    }
  }

  func end() {
    lock.withLock { line.clear() }
  }
}
