import TorchNN

/// Densely connected networks (Huang, Liu, van der Maaten, Weinberger 2017, arXiv 1608.06993) for
/// images of 32 x 32 pixels: three blocks of layers that each append k channels to all before them,
/// joined by transitions that halve the image.
///
/// Layers as github.com/ajbrock/FreezeOut (densenet.py) numbers them: 0 is the stem; then every
/// dense layer and every transition one layer each, in order; the last batch norm and the
/// classifier are layer L.
public struct DenseNet: Hashable, Sendable, Codable {
  /// The number of channels k that each dense layer appends.
  public var growthRate: Int
  /// The number of layers with weights.
  public var depth: Int
  /// Whether dense layers go through a 1x1 convolution to 4 k channels (DenseNet-B).
  public var bottleneck: Bool
  /// The share of the channels that a transition keeps, rounded down (DenseNet-C); 1 keeps all.
  public var reduction: Double
  /// The probability of dropout behind every convolution but the stem (section 3 of the paper).
  public var dropout: Double

  /// The published default: DenseNet-BC k=12 L=76.
  public init(
    growthRate: Int = 12,
    depth: Int = 76,
    bottleneck: Bool = true,
    reduction: Double = 0.5,
    dropout: Double = 0
  ) {
    self.growthRate = growthRate
    self.depth = depth
    self.bottleneck = bottleneck
    self.reduction = reduction
    self.dropout = dropout
  }

  private static let blockCount = 3

  /// The number of dense layers in each of the three blocks.
  public var layersPerBlock: Int {
    (max(depth, 4) - 4) / (bottleneck ? 2 * Self.blockCount : Self.blockCount)
  }

  /// Checks that there is such a network.
  ///
  /// - Throws: `ArchitectureError` with what to change.
  public func validate() throws {
    try ArchitectureError.require("growth rate", growthRate)
    try ArchitectureError.require(
      depth: depth,
      layersPerStep: bottleneck ? 2 * Self.blockCount : Self.blockCount,
      of: name
    )
    guard reduction > 0, reduction <= 1 else {
      throw ArchitectureError.outOfRange("reduction", "\(reduction)", "above 0 and at most 1")
    }
    if channelsAreLost {
      throw ArchitectureError.outOfRange(
        "reduction",
        "\(reduction)",
        "at least \(leastReduction), which leaves a channel behind every transition"
      )
    }
    try ArchitectureError.require(dropout: dropout)
  }

  /// Whether a transition keeps none of the channels that reach it.
  private var channelsAreLost: Bool {
    var channels = 2 * growthRate
    for _ in 1..<Self.blockCount {
      channels = kept(of: channels + layersPerBlock * growthRate)
      if channels < 1 { return true }
    }
    return false
  }

  /// The least reduction that leaves a channel behind every transition, of a network whose own is
  /// too small: by bisection, since each rounding down hides what the reciprocals would tell.
  private var leastReduction: Double {
    var network = self
    var (tooSmall, fitting) = (reduction, 1.0)
    while tooSmall.nextUp < fitting {
      network.reduction = (tooSmall + fitting) / 2
      if network.channelsAreLost {
        tooSmall = network.reduction
      } else {
        fitting = network.reduction
      }
    }
    return fitting
  }

  /// The number of channels that a transition keeps.
  private func kept(of channels: Int) -> Int {
    Int(Double(channels) * reduction)
  }

  private var name: String {
    switch (bottleneck, reduction < 1) {
    case (true, true): "DenseNet-BC"
    case (true, false): "DenseNet-B"
    case (false, true): "DenseNet-C"
    case (false, false): "DenseNet"
    }
  }
}

extension DenseNet: CustomStringConvertible {
  /// The usual short name, as in "DenseNet-BC k=12 L=76".
  public var description: String {
    "\(name) k=\(growthRate) L=\(depth)"
  }
}

// MARK: - Layers in order

extension DenseNet {
  func network(classCount: Int, from initializer: WeightInitializer) throws -> Network {
    var size = Architecture.imageSize
    var channels = 2 * growthRate
    var stages = [
      try PlacedStage.stem(outputs: channels, size: size, from: initializer)
    ]
    for block in 1...Self.blockCount {
      for index in 0..<layersPerBlock {
        stages.append(
          try denseLayer(at: "dense\(block).\(index)", inputs: channels, size, from: initializer)
        )
        channels += growthRate
      }
      guard block < Self.blockCount else { break }
      size /= 2
      stages.append(
        try transition(at: "trans\(block)", inputs: channels, size, from: initializer)
      )
      channels = kept(of: channels)
    }
    stages.append(try .head(channels: channels, classCount: classCount, from: initializer))
    return Network(stages: stages, classCount: classCount)
  }

  private func denseLayer(
    at path: String,
    inputs: Int,
    _ size: Int,
    from initializer: WeightInitializer
  ) throws -> PlacedStage {
    guard bottleneck else {
      return PlacedStage(
        try PlainDenseLayer(
          inputs: inputs,
          growthRate: growthRate,
          dropout: dropout,
          from: initializer
        ),
        at: path,
        multiplyAdds: 9 * inputs * growthRate * size * size
      )
    }
    let middle = Bottleneck.width(growthRate: growthRate)
    return PlacedStage(
      try Bottleneck(
        inputs: inputs,
        growthRate: growthRate,
        dropout: dropout,
        from: initializer
      ),
      at: path,
      multiplyAdds: (inputs * middle + 9 * middle * growthRate) * size * size
    )
  }
  private func transition(
    at path: String,
    inputs: Int,
    _ size: Int,
    from initializer: WeightInitializer
  ) throws -> PlacedStage {
    let outputs = kept(of: inputs)
    return PlacedStage(
      try Transition(inputs: inputs, outputs: outputs, dropout: dropout, from: initializer),
      at: path,
      multiplyAdds: inputs * outputs * size * size
    )
  }

  func parameterCount(classCount: Double) -> Double {
    var channels = 2 * growthRate
    var count = ConvolutionStem.parameterCount(outputs: Double(channels))
    for block in 1...Self.blockCount {
      for _ in 0..<layersPerBlock {
        count += denseLayerParameterCount(inputs: Double(channels))
        channels += growthRate
      }
      guard block < Self.blockCount else { break }
      count += Double(channels) * Double(2 + kept(of: channels))
      channels = kept(of: channels)
    }
    return count + ClassifierHead.parameterCount(channels: Double(channels), classCount)
  }

  private func denseLayerParameterCount(inputs: Double) -> Double {
    let outputs = Double(growthRate)
    guard bottleneck else { return 2 * inputs + 9 * inputs * outputs }
    let middle = Double(Bottleneck.width(growthRate: growthRate))
    return 2 * (inputs + middle) + inputs * middle + 9 * middle * outputs
  }
}
