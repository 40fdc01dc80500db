import ArgumentParser
import Training

/// What a run is: the options that `train`, `plan` and `compare` have in common.
struct RunOptions: ParsableArguments {
  @OptionGroup(title: "Freezing") var freezing: FreezingOptions
  @OptionGroup var common: CommonOptions

  /// A recipe by its name.
  var preset: Preset? { common.preset }
  /// The epochs that are asked for; nil where neither an option nor a preset says.
  var epochs: Int? { common.recipe.epochs ?? preset?.configuration.epochs }
  /// Where the images come from.
  var data: DataOptions { common.data }
  /// Where the work is done.
  var runtime: RuntimeOptions { common.runtime }
  /// What the layers are computed with.
  var kernels: KernelOptions { common.kernels }

  /// The configuration that the options make out of a preset, a run to resume, or what is published.
  /// One that differs from the run to resume is refused when the run is restored.
  ///
  /// - Throws: `UsageError` for options that make no sense together, and what makes a setting
  ///   impossible.
  func configuration(
    basedOn resumed: RunConfiguration?,
    preset recipe: RunConfiguration? = nil
  ) throws -> RunConfiguration {
    let base = recipe ?? preset?.configuration ?? resumed ?? Preset.published
    var configuration = try common.configuration(basedOn: base)
    try freezing.apply(to: &configuration)
    try configuration.validate()
    return configuration
  }

  /// What a run of the configuration is called.
  func name(_ configuration: RunConfiguration) -> String {
    if let preset { return preset.rawValue }
    let freezing =
      configuration.freezing.map { freezing in
        "\(freezing.growth)\(freezing.scalesLearningRates ? "-scaled" : "")-t0-\(freezing.firstFreeze)"
      } ?? "baseline"
    return configuration.name(freezing: freezing)
  }
}

extension RunConfiguration {
  /// What runs of it are called: a name for a folder.
  ///
  /// - Parameter freezing: How they freeze, in a word.
  func name(freezing: String) -> String {
    (["\(architecture)", dataset, freezing] + (precision.map { ["\($0)"] } ?? []) + ["seed-\(seed)"])
      .joined(separator: "-").lowercased()
      .map { $0.isLetter || $0.isNumber || $0 == "." ? String($0) : "-" }.joined()
  }
}

extension DatasetName {
  /// The data set of a configuration.
  ///
  /// - Throws: `UsageError` for a name that there is not.
  init(of configuration: RunConfiguration) throws {
    guard let name = DatasetName(rawValue: configuration.dataset) else {
      throw UsageError(description: "there is no data set '\(configuration.dataset)'")
    }
    self = name
  }
}
