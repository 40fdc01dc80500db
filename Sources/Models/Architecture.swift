import Torch
import TorchNN

/// What a network looks like before it has weights. A value of these makes the same network
/// everywhere.
public enum Architecture: Hashable, Sendable {
  /// Huang et al. 2017.
  case denseNet(DenseNet)
  /// Zagoruyko and Komodakis 2016.
  case wideResNet(WideResNet)
  /// Simonyan and Zisserman 2015, with the published classifier.
  case vgg(VGG)

  /// The width and height of the images, in pixels: CIFAR's.
  public static let imageSize = 32

  /// Checks that there is such a network.
  ///
  /// - Throws: `ArchitectureError` with what to change.
  public func validate() throws {
    switch self {
    case .denseNet(let value): try value.validate()
    case .wideResNet(let value): try value.validate()
    case .vgg(let value): try value.validate()
    }
  }

  /// Makes a network with fresh weights.
  ///
  /// - Parameters:
  ///   - classCount: The number of classes.
  ///   - initializer: Where the weights come from, and how they lie in memory.
  ///   - kernels: What its layers are computed with. On a GPU they decide for the whole process whether products are of
  ///     TF32.
  /// - Throws: `KernelsError` for kernels that do not run here,
  ///   `ArchitectureError` for an impossible architecture or fewer than 2 classes,
  ///   `WeightInitializerError.tooMany` for one that this machine could not train, `TorchError`
  ///   when libtorch cannot hold it.
  public func makeNetwork(
    classCount: Int,
    from initializer: WeightInitializer,
    kernels: Kernels = .libtorch
  ) throws -> Network {
    try validate()
    try kernels.requireAvailable(on: initializer.device)
    if initializer.device != .cpu { try ReducedPrecision.allowTF32(kernels == .reduced(.tf32)) }
    guard (2...ArchitectureError.largestSize).contains(classCount) else {
      throw ArchitectureError.outOfRange(
        "number of classes",
        "\(classCount)",
        "between 2 and \(ArchitectureError.largestSize)"
      )
    }
    let network =
      switch self {
      case .denseNet(let value):
        try value.network(classCount: classCount, from: initializer)
      case .wideResNet(let value):
        try value.network(classCount: classCount, from: initializer)
      case .vgg(let value):
        try value.network(classCount: classCount, from: initializer)
      }
    return network.computed(with: kernels)
  }

  /// The number of trained numbers of the network, without making it. It is a `Double` since the
  /// greatest architectures have more than an integer counts; up to 2^53 it is exact.
  ///
  /// - Precondition: the architecture is valid.
  package func parameterCount(classCount: Int) -> Double {
    switch self {
    case .denseNet(let value): value.parameterCount(classCount: Double(classCount))
    case .wideResNet(let value): value.parameterCount(classCount: Double(classCount))
    case .vgg(let value): value.parameterCount(classCount: Double(classCount))
    }
  }
}

extension Architecture: CustomStringConvertible {
  /// The usual short name, as in "DenseNet-BC k=12 L=76".
  public var description: String {
    switch self {
    case .denseNet(let value): value.description
    case .wideResNet(let value): value.description
    case .vgg(let value): value.description
    }
  }
}

/// Why there is no such network.
public enum ArchitectureError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The architecture has no network of this depth.
  case depth(architecture: String, depth: Int, rule: String, nearest: [Int])
  /// A size outside of what the architecture allows.
  case outOfRange(_ what: String, _ value: String, _ allowed: String)
  /// A VGG configuration that cannot be read or does not fit the images.
  case configuration(String, reason: String)

  /// The greatest width, depth or number of classes that is accepted: far beyond any use, and small
  /// enough that no product of sizes overflows.
  static let largestSize = 65_536

  /// One sentence for a person: the value and what to use.
  public var description: String {
    switch self {
    case .depth(let architecture, let depth, let rule, let nearest):
      "\(architecture) has no depth \(depth): it must be \(rule); the nearest are "
        + nearest.map(String.init).joined(separator: " and ")
    case .outOfRange(let what, let value, let allowed):
      "a \(what) of \(value) is impossible: it must be \(allowed)"
    case .configuration(let text, let reason):
      "the VGG configuration '\(text)' is impossible: \(reason)"
    }
  }

  static func require(_ what: String, _ value: Int) throws {
    guard (1...largestSize).contains(value) else {
      throw outOfRange(what, "\(value)", "between 1 and \(largestSize)")
    }
  }

  static func require(dropout: Double) throws {
    guard (0..<1).contains(dropout) else {
      throw outOfRange("dropout", "\(dropout)", "at least 0 and below 1")
    }
  }

  /// Checks that the depth is 4 plus a positive multiple of `layersPerStep`.
  static func require(depth: Int, layersPerStep: Int, of architecture: String) throws {
    let smallest = 4 + layersPerStep
    let fits = depth >= smallest && (depth - 4).isMultiple(of: layersPerStep)
    guard !fits || depth > largestSize else { return }
    let largest = smallest + (largestSize - smallest) / layersPerStep * layersPerStep
    // Bounded first: no difference of two integers near the ends of their range fits one.
    let bounded = min(max(smallest, depth), largest)
    let below = bounded - (bounded - 4) % layersPerStep
    let nearest = bounded != depth ? [bounded] : [below, below + layersPerStep]
    throw Self.depth(
      architecture: architecture,
      depth: depth,
      rule: "4 + \(layersPerStep) * n",
      nearest: nearest
    )
  }
}
