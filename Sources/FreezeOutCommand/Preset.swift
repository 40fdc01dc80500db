import ArgumentParser
import FreezeOut
import Models
import Training

/// Recipes by name, which other options can change.
enum Preset: String, CaseIterable, ExpressibleByArgument {
  case quick
  case paperDensenet = "paper-densenet"
  case paperWRN = "paper-wrn"
  case paperVGG = "paper-vgg"

  /// The recipe.
  var configuration: RunConfiguration {
    switch self {
    case .quick: Self.quickConfiguration
    // Figure 3 of the paper.
    case .paperDensenet:
      RunConfiguration(architecture: .denseNet(DenseNet()), dataset: DatasetName.cifar10.rawValue)
    // Figure 4 of the paper.
    case .paperWRN:
      RunConfiguration(
        architecture: .wideResNet(WideResNet()),
        dataset: DatasetName.cifar100.rawValue
      )
    // Section 3 of the paper; the published code's "E" is Simonyan and Zisserman's D.
    case .paperVGG:
      RunConfiguration(architecture: .vgg(VGG(.d)), dataset: DatasetName.cifar100.rawValue)
    }
  }

  /// The recipe of a comparison, of which every seed makes four runs.
  var comparedConfiguration: RunConfiguration {
    guard self == .quick else { return configuration }
    // Three seeds of it take less than four minutes on two cores.
    var configuration = Self.quickConfiguration
    configuration.architecture = .denseNet(DenseNet(growthRate: 12, depth: 16))
    configuration.batchSize = 25
    configuration.epochs = 6
    configuration.maxTrainImages = 2_000
    configuration.freezing?.firstFreeze = 0.7
    return configuration
  }

  /// What the published script does without options.
  static let published = RunConfiguration(
    architecture: .denseNet(DenseNet()),
    dataset: DatasetName.cifar100.rawValue
  )

  /// A run that shows everything within three minutes on two cores.
  private static var quickConfiguration: RunConfiguration {
    var configuration = RunConfiguration(
      architecture: .denseNet(DenseNet(growthRate: 12, depth: 22)),
      dataset: DatasetName.generated.rawValue
    )
    configuration.epochs = 10
    configuration.maxTrainImages = 5_000
    configuration.freezing = .init(firstFreeze: 0.5, growth: .cubic, scalesLearningRates: true)
    return configuration
  }
}
