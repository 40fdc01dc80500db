import ArgumentParser
import Models

/// The families of networks.
enum ModelName: String, CaseIterable, ExpressibleByArgument {
  case densenet
  case wrn
  case vgg

  /// Also reads the published script's `WRN`.
  init?(argument: String) {
    self.init(rawValue: argument.lowercased())
  }
}

/// What the network looks like. What is not given comes from a preset or the published defaults.
struct ModelOptions: ParsableArguments {
  @Option(help: "The network: densenet, wrn or vgg. (default: densenet)")
  var model: ModelName?

  @Option(
    name: [.customShort("L"), .long],
    parsing: .unconditional,
    help: "densenet, wrn: the number of layers with weights. (default: 76; wrn: 40)"
  )
  var depth: Int?

  @Option(
    name: [.customShort("k"), .long],
    parsing: .unconditional,
    help: "densenet: the channels that each layer appends. (default: 12)"
  )
  var growthRate: Int?

  @Option(
    parsing: .unconditional,
    help: "densenet: the share of channels that a transition keeps. (default: 0.5)"
  )
  var reduction: Double?

  @Flag(
    inversion: .prefixedNo,
    help: "densenet: go through a 1x1 convolution in each layer. (default: --bottleneck)"
  )
  var bottleneck: Bool?

  @Option(parsing: .unconditional, help: "wrn: the factor of the channels. (default: 4)")
  var widenFactor: Int?

  @Option(
    help: "vgg: A, B, D, E, or channels and M for pools, as in 64,M,128,M. (default: D)"
  )
  var configuration: String?

  @Option(
    parsing: .unconditional,
    help: "The probability of dropout. (default: 0; vgg's classifier: 0.5)"
  )
  var dropout: Double?

  /// The architecture that the options make out of a base.
  ///
  /// - Throws: `ArchitectureError` for an impossible one, `UsageError` for an option of another
  ///   model.
  func architecture(basedOn base: Architecture) throws -> Architecture {
    let architecture =
      switch (model ?? base.modelName, base) {
      case (.densenet, .denseNet(let base)): try denseNet(base)
      case (.densenet, _): try denseNet(DenseNet())
      case (.wrn, .wideResNet(let base)): try wideResNet(base)
      case (.wrn, _): try wideResNet(WideResNet())
      case (.vgg, .vgg(let base)): try vgg(base)
      case (.vgg, _): try vgg(VGG())
      }
    try architecture.validate()
    return architecture
  }

  private func denseNet(_ base: DenseNet) throws -> Architecture {
    try refuse([("--widen-factor", widenFactor != nil), ("--configuration", configuration != nil)])
    return .denseNet(
      DenseNet(
        growthRate: growthRate ?? base.growthRate,
        depth: depth ?? base.depth,
        bottleneck: bottleneck ?? base.bottleneck,
        reduction: reduction ?? base.reduction,
        dropout: dropout ?? base.dropout
      )
    )
  }

  private func wideResNet(_ base: WideResNet) throws -> Architecture {
    try refuse(denseNetOptions + [("--configuration", configuration != nil)])
    return .wideResNet(
      WideResNet(
        depth: depth ?? base.depth,
        widenFactor: widenFactor ?? base.widenFactor,
        dropout: dropout ?? base.dropout
      )
    )
  }

  private func vgg(_ base: VGG) throws -> Architecture {
    try refuse(
      denseNetOptions + [("--depth", depth != nil), ("--widen-factor", widenFactor != nil)]
    )
    guard let configuration else {
      return .vgg(VGG(steps: base.steps, dropout: dropout ?? base.dropout))
    }
    return .vgg(try VGG(parsing: configuration, dropout: dropout ?? base.dropout))
  }

  private var denseNetOptions: [(String, Bool)] {
    [
      ("--growth-rate", growthRate != nil), ("--reduction", reduction != nil),
      ("--bottleneck", bottleneck != nil),
    ]
  }

  private func refuse(_ options: [(name: String, isGiven: Bool)]) throws {
    guard let option = options.first(where: \.isGiven) else { return }
    throw UsageError(description: "\(option.name) does not belong to this model: see --model")
  }
}

extension Architecture {
  var modelName: ModelName {
    switch self {
    case .denseNet: .densenet
    case .wideResNet: .wrn
    case .vgg: .vgg
    }
  }
}
