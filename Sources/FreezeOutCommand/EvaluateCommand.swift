import ArgumentParser
import Datasets
import Foundation
import Models
import Reports
import Training

/// `freezeout evaluate`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure trained weights: loss and error on a part of a data set.",
    discussion: """
      Weights that freezeout wrote say themselves what network and data set they are of. For \
      weights of another program, written with PyTorch's names, give --model and what belongs to \
      it, and --dataset.
      """
  )

  /// The parts of a data set.
  enum Split: String, CaseIterable, ExpressibleByArgument {
    case test, validation, train
  }

  @Argument(help: "The file of weights, in the format safetensors.")
  var weights: String

  @Option(
    help: """
      test, validation (the last tenth of the training images) or train (all training images).
      """
  )
  var split: Split = .test

  @OptionGroup(title: "Network") var model: ModelOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Machine") var runtime: RuntimeOptions
  @OptionGroup(title: "Machine") var kernels: KernelOptions

  private static let batchSize = 250

  func run() throws {
    try reportingErrors {
      let device = try runtime.apply()
      let saved = try SavedNetwork(contentsOf: URL(fileURLWithPath: weights))
      let architecture = try architecture(saved)
      let kernels = try kernels.choice(for: architecture, on: device)
      let run = RunFolder(url: URL(fileURLWithPath: weights).deletingLastPathComponent())
        .readDescription()
      let name = try datasetName(saved)
      let dataset = try data.open(name, in: data.folder(of: run))
      let images = try part(of: dataset)
      let network = try saved.network(
        architecture,
        classCount: dataset.training.classCount,
        device: device,
        kernels: kernels
      )
      let progress = ProgressLine(.standardError)
      defer { progress.clear() }
      let result = try network.evaluated(
        on: EvaluationBatches(
          dataset: images,
          normalization: dataset.normalization,
          batchSize: Self.batchSize,
          device: device
        ),
        device: device
      ) { done in
        progress.update(Double(done) / Double(images.count)) { "measuring" }
      }
      progress.clear()
      if split == .validation, saved.wasTrained(onValidationImagesOf: name.rawValue) {
        Terminal.standardError.write(
          "freezeout: these weights were trained on the validation images: use --split test\n"
        )
      }
      try Terminal.standardOutput.result(
        "loss \(result.loss.fixed(4))  error \(result.errorPercent.fixed(2)) % "
          + "(\(result.errorCount.grouped) of \(result.imageCount.grouped) \(split.rawValue) images)"
      )
    }
  }

  private func part(of dataset: DatasetPair) throws -> ImageDataset {
    switch split {
    case .test: dataset.test
    case .train: dataset.training
    case .validation:
      dataset.training.suffix(
        RunConfiguration.validationCount(of: dataset.training.count)
      )
    }
  }

  private func architecture(_ saved: SavedNetwork) throws -> Architecture {
    guard let description = saved.description else {
      guard model.model != nil else {
        throw UsageError(
          description: "\(weights) does not say what network it is of: give --model and what "
            + "belongs to it"
        )
      }
      return try model.architecture(basedOn: Preset.published.architecture)
    }
    return try model.architecture(basedOn: description.architecture)
  }

  private func datasetName(_ saved: SavedNetwork) throws -> DatasetName {
    if let name = data.dataset { return name }
    guard let name = saved.description?.dataset else {
      throw UsageError(
        description: "\(weights) does not say what data set it is of: give --dataset"
      )
    }
    guard let known = DatasetName(rawValue: name) else {
      throw UsageError(
        description: "\(weights) is of an unknown data set '\(name)': give --dataset"
      )
    }
    return known
  }
}
