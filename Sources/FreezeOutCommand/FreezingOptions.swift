import ArgumentParser
import FreezeOut
import Training

extension Growth: ExpressibleByArgument {}

/// How the layers leave training. What is not given comes from a preset or the published defaults.
struct FreezingOptions: ParsableArguments {
  @Flag(
    inversion: .prefixedNo,
    help: """
      Freeze layers; else none is, and every layer follows one cosine: the baseline. \
      (default: --freeze-out)
      """
  )
  var freezeOut: Bool?

  @Option(
    name: [.customLong("t0"), .customLong("t_0", withSingleDash: false)],
    parsing: .unconditional,
    help: """
      The share of the run after which the first layer freezes, before it is squared or cubed. \
      (default: 0.8)
      """
  )
  var firstFreeze: Double?

  @Option(help: "How freeze times grow with depth: linear, squared or cubic. (default: cubic)")
  var howScale: Growth?

  @Flag(
    inversion: .prefixedNo,
    help: "Start layers that freeze earlier with a higher rate. (default: --scale-lr)"
  )
  var scaleLr: Bool?

  /// The configuration that the options make out of a base.
  ///
  /// - Throws: `UsageError` for options that make no sense together.
  func apply(to configuration: inout RunConfiguration) throws {
    guard freezeOut ?? (configuration.freezing != nil) else {
      guard firstFreeze == nil, howScale == nil, scaleLr == nil else {
        throw UsageError(
          description:
            "--t0, --how-scale and --scale-lr say how to freeze, and this run freezes nothing: "
            + "drop them or --no-freeze-out"
        )
      }
      configuration.freezing = nil
      return
    }
    var freezing = configuration.freezing ?? RunConfiguration.Freezing()
    set(&freezing.firstFreeze, firstFreeze)
    set(&freezing.growth, howScale)
    set(&freezing.scalesLearningRates, scaleLr)
    configuration.freezing = freezing
  }
}
