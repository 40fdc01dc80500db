extension Architecture: Codable {
  private enum CodingKeys: CodingKey {
    case model
  }

  private enum Model: String, Codable {
    case denseNet = "densenet"
    case wideResNet = "wrn"
    case vgg
  }

  /// Reads an object whose `model` (`densenet`, `wrn` or `vgg`) tells what the other keys are, and
  /// validates what they say.
  ///
  /// - Throws: `DecodingError`, and `ArchitectureError` for an impossible architecture.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(Model.self, forKey: .model) {
    case .denseNet: self = .denseNet(try DenseNet(from: decoder))
    case .wideResNet: self = .wideResNet(try WideResNet(from: decoder))
    case .vgg: self = .vgg(try VGG(from: decoder))
    }
    try validate()
  }

  /// Writes the settings of the network and, as `model`, which of them it is.
  ///
  /// - Throws: `EncodingError` for a number that the format has no word for.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .denseNet(let value):
      try container.encode(Model.denseNet, forKey: .model)
      try value.encode(to: encoder)
    case .wideResNet(let value):
      try container.encode(Model.wideResNet, forKey: .model)
      try value.encode(to: encoder)
    case .vgg(let value):
      try container.encode(Model.vgg, forKey: .model)
      try value.encode(to: encoder)
    }
  }
}
