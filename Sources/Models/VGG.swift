import TorchNN

/// Plain deep networks (Simonyan and Zisserman 2015, arXiv 1409.1556) with batch norm, for images
/// of 32 x 32 pixels, and the classifier of github.com/ajbrock/FreezeOut (vgg.py).
///
/// Layers as that file numbers them: every convolution with its batch norm and ReLU is one layer,
/// from 0; pools belong to no layer, and here run with the one before them; the whole classifier is
/// layer L.
public struct VGG: Hashable, Sendable {
  /// One step of the convolutional part.
  public enum Step: Hashable, Sendable {
    /// A 3x3 convolution to this many channels, batch norm and ReLU.
    case convolution(Int)
    /// The greatest of 2x2 pixels.
    case maxPool
  }

  /// The convolutional part in order.
  public var steps: [Step]
  /// The probability of dropout in the classifier; PyTorch's default of 0.5 in the published code.
  public var dropout: Double

  /// A network of any steps.
  public init(steps: [Step], dropout: Double = 0.5) {
    self.steps = steps
    self.dropout = dropout
  }

  /// The network of one of the paper's configurations.
  public init(_ configuration: Configuration = .d, dropout: Double = 0.5) {
    self.init(steps: configuration.steps, dropout: dropout)
  }

  /// The configurations of the paper's table 1 that have 3x3 convolutions alone. The published
  /// code's default, which it calls E, is D.
  public enum Configuration: String, CaseIterable, Sendable {
    /// 11 layers with weights, as the paper counts them.
    case a = "A"
    /// 13 layers.
    case b = "B"
    /// 16 layers.
    case d = "D"
    /// 19 layers.
    case e = "E"

    /// The convolutional part in order.
    public var steps: [Step] {
      let repetitions =
        switch self {
        case .a: [1, 1, 2, 2, 2]
        case .b: [2, 2, 2, 2, 2]
        case .d: [2, 2, 3, 3, 3]
        case .e: [2, 2, 4, 4, 4]
        }
      return zip(repetitions, [64, 128, 256, 512, 512]).flatMap { count, channels in
        Array(repeating: Step.convolution(channels), count: count) + [.maxPool]
      }
    }
  }

  /// The sizes that the convolutional part leaves: channels, and pixels in each direction.
  var featureSizes: (channels: Int, size: Int) {
    steps.reduce((channels: 3, size: Architecture.imageSize)) { sizes, step in
      switch step {
      case .convolution(let channels): (channels, sizes.size)
      case .maxPool: (sizes.channels, sizes.size / 2)
      }
    }
  }

  /// Checks that there is such a network.
  ///
  /// - Throws: `ArchitectureError` with what to change.
  public func validate() throws {
    for case .convolution(let channels) in steps {
      try ArchitectureError.require("number of channels", channels)
    }
    guard case .convolution = steps.first else {
      throw ArchitectureError.configuration(text, reason: "it must start with a convolution")
    }
    guard featureSizes.size >= 1 else {
      throw ArchitectureError.configuration(
        text,
        reason: "an image of \(Architecture.imageSize) pixels can be halved 5 times"
      )
    }
    guard steps.count <= 1_000 else {
      throw ArchitectureError.configuration(text, reason: "it has more than 1000 steps")
    }
    try ArchitectureError.require(dropout: dropout)
  }
}

// MARK: - As text

extension VGG: CustomStringConvertible {
  /// Reads a configuration's letter, or channels and `M` for pools, as in `64,M,128,M`.
  ///
  /// - Throws: `ArchitectureError.configuration` for anything else, `ArchitectureError` for a
  ///   network that is impossible.
  public init(parsing text: String, dropout: Double = 0.5) throws {
    if let configuration = Configuration(rawValue: text.uppercased()) {
      self.init(configuration, dropout: dropout)
      return
    }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    self.init(
      steps: try parts.map { part in
        // Spaces around a word are no part of it; one within it is.
        let word = part.split(separator: " ").joined(separator: " ")
        if word.uppercased() == "M" { return .maxPool }
        if let channels = Int(word) { return .convolution(channels) }
        throw ArchitectureError.configuration(
          text,
          reason: "use A, B, D or E, or channels and M with commas, as in 64,M,128,M"
        )
      },
      dropout: dropout
    )
    try validate()
  }

  /// The configuration's letter where it is one of the paper's, else its steps.
  public var text: String {
    if let known = Configuration.allCases.first(where: { $0.steps == steps }) {
      return known.rawValue
    }
    return steps.map { step in
      switch step {
      case .convolution(let channels): "\(channels)"
      case .maxPool: "M"
      }
    }.joined(separator: ",")
  }

  /// A short name, as in "VGG D".
  public var description: String {
    "VGG \(text)"
  }
}

extension VGG: Codable {
  private enum CodingKeys: CodingKey {
    case configuration, dropout
  }

  /// Reads the text of the configuration and the dropout.
  ///
  /// - Throws: `DecodingError`, and `ArchitectureError` for an impossible network.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      parsing: container.decode(String.self, forKey: .configuration),
      dropout: container.decode(Double.self, forKey: .dropout)
    )
  }

  /// Writes the text of the configuration and the dropout.
  ///
  /// - Throws: `EncodingError` for a number that the format has no word for.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(text, forKey: .configuration)
    try container.encode(dropout, forKey: .dropout)
  }
}
