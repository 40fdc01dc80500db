import ArgumentParser
import Datasets
import Training

extension RunConfiguration.Validation: ExpressibleByArgument {}
extension FeatureLayout.Precision: ExpressibleByArgument {}

/// How the network is trained. What is not given comes from a preset or the published defaults.
struct RecipeOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "The number of passes over the training images. (default: 100)"
  )
  var epochs: Int?

  @Option(parsing: .unconditional, help: "The number of images of a step. (default: 50)")
  var batchSize: Int?

  @Option(
    parsing: .unconditional,
    help: "The learning rate before scaling and annealing. (default: 0.1)"
  )
  var learningRate: Double?

  @Option(
    parsing: .unconditional,
    help: "The share of the last step's direction that is kept. (default: 0.9)"
  )
  var momentum: Double?

  @Option(
    parsing: .unconditional,
    help: "The factor of the weights that is added to the gradient. (default: 0.0001)"
  )
  var weightDecay: Double?

  @Option(
    parsing: .unconditional,
    help: "The seed of weights, order, augmentation and dropout. (default: 0)"
  )
  var seed: UInt64?

  @Flag(
    inversion: .prefixedNo,
    help: "Shift and mirror training images at random. (default: --augment)"
  )
  var augment: Bool?

  @Option(
    parsing: .unconditional,
    help: """
      From the first freeze on, show each image in so many fixed augmentations and no others, so that \
      the same input comes again.
      """
  )
  var views: Int?

  @Flag(help: "Draw the fixed augmentations anew at every freeze event.")
  var redrawViews = false

  @Flag(
    help: """
      Keep the output of frozen layers where the same input comes again (--views or --no-augment) and \
      that pays.
      """
  )
  var cacheFeatures = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The most that may be kept at any time, as in 500MB or 2GB. (default: 4GB)",
      valueName: "bytes"
    )
  )
  var cacheBudget: ByteCount?

  @Option(help: "How it is kept: float32 or bfloat16. (default: float32)")
  var cachePrecision: FeatureLayout.Precision?

  @Option(
    help: """
      What to measure by after each epoch: validation (the last tenth of the training images, \
      which are then not trained on), test or none. (default: validation)
      """
  )
  var validate: RunConfiguration.Validation?

  @Option(parsing: .unconditional, help: "Train on no more than the first so many images.")
  var maxTrainImages: Int?

  @Option(
    help: """
      In what convolutions and affine maps multiply in training: float32, tf32 (on CUDA) or bfloat16. Weights, batch \
      norm's statistics, the loss and evaluation are float32. (default: float32)
      """
  )
  var precision: ProductPrecision?

  /// The configuration that the options make out of a base.
  func apply(to configuration: inout RunConfiguration) throws {
    set(&configuration.epochs, epochs)
    set(&configuration.batchSize, batchSize)
    set(&configuration.learningRate, learningRate)
    set(&configuration.rule.momentum, momentum)
    set(&configuration.rule.weightDecay, weightDecay)
    set(&configuration.seed, seed)
    set(&configuration.augment, augment)
    set(&configuration.validation, validate)
    if let precision { configuration.precision = precision.reduced }
    if let maxTrainImages { configuration.maxTrainImages = maxTrainImages }
    // Nesterov's step without momentum is the plain one.
    configuration.rule.nesterov = configuration.rule.momentum > 0
    try applyCaching(to: &configuration)
  }

  private func applyCaching(to configuration: inout RunConfiguration) throws {
    if let views { configuration.views = views }
    if redrawViews {
      guard configuration.views != nil else {
        throw UsageError(description: "--redraw-views draws what --views fixes: give --views V")
      }
      configuration.redrawsViews = true
    }
    guard cacheFeatures || configuration.caching != nil else {
      guard cacheBudget == nil, cachePrecision == nil else {
        throw UsageError(
          description: "--cache-budget and --cache-precision say how to keep features: give "
            + "--cache-features"
        )
      }
      return
    }
    var caching = configuration.caching ?? FeatureCaching()
    set(&caching.budgetBytes, cacheBudget?.bytes)
    set(&caching.precision, cachePrecision)
    configuration.caching = caching
  }
}

extension ParsableArguments {
  /// Changes what an option was given for.
  func set<Value>(_ target: inout Value, _ value: Value?) {
    if let value { target = value }
  }
}
