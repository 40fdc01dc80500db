import ArgumentParser
import Training

/// What a run is: the options that `train`, `plan` and `compare` have in common.
struct RunOptions: ParsableArguments {
  @Option(
    help: """
      A recipe, which the other options change: quick (a smaller one in compare, which makes it \
      many times), paper-densenet, paper-wrn or paper-vgg.
      """
  )
  var preset: Preset?

  @OptionGroup(title: "Network") var model: ModelOptions
  @OptionGroup(title: "Recipe") var recipe: RecipeOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Machine") var runtime: RuntimeOptions

  /// The configuration that the options make out of a preset, a run to resume, or what is published.
  /// One that differs from the run to resume is refused when the run is restored.
  ///
  /// - Throws: `UsageError` for options that make no sense together, and what makes a setting
  ///   impossible.
  func configuration(
    basedOn resumed: RunConfiguration?,
    preset recipe: RunConfiguration? = nil
  ) throws -> RunConfiguration {
    var configuration = recipe ?? preset?.configuration ?? resumed ?? Preset.published
    configuration.architecture = try model.architecture(basedOn: configuration.architecture)
    if let dataset = data.dataset { configuration.dataset = dataset.rawValue }
    try self.recipe.apply(to: &configuration)
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
    let words = ["\(configuration.architecture)", configuration.dataset, freezing]
    return (words + ["seed-\(configuration.seed)"]).joined(separator: "-").lowercased()
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
