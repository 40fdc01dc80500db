import ArgumentParser
import Training

/// What a run is, apart from how its layers freeze.
struct CommonOptions: ParsableArguments {
  @Option(
    help: """
      A recipe, which the other options change: quick (a smaller one in compare and sweep, which make \
      it many times), paper-densenet, paper-wrn or paper-vgg.
      """
  )
  var preset: Preset?

  @OptionGroup(title: "Network") var model: ModelOptions
  @OptionGroup(title: "Recipe") var recipe: RecipeOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Machine") var runtime: RuntimeOptions
  @OptionGroup(title: "Machine") var kernels: KernelOptions

  /// The configuration that the options make out of a base, which freezes as the base does.
  ///
  /// - Throws: `UsageError` for options that make no sense together, and what makes a setting
  ///   impossible.
  func configuration(basedOn base: RunConfiguration) throws -> RunConfiguration {
    var configuration = base
    configuration.architecture = try model.architecture(basedOn: configuration.architecture)
    if let dataset = data.dataset { configuration.dataset = dataset.rawValue }
    try recipe.apply(to: &configuration)
    return configuration
  }
}

extension RunConfiguration {
  /// Checks that runs of it can be compared by what they are measured by.
  ///
  /// - Throws: `UsageError`
  func requireMeasure() throws {
    guard validation != .none else {
      throw UsageError(
        description: "a comparison needs images to measure by: use --validate validation or test"
      )
    }
  }
}
