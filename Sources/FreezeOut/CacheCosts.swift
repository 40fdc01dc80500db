/// What it costs to compute, keep and read the output of frozen layers.
///
/// The features in front of layer `m` are what the first `m` layers make of an image. Where the same
/// input comes again they can be kept, a slot for every input: an image, or an image and one of its
/// fixed views.
public struct CacheCosts: Hashable, Sendable, Codable {
  /// The forward pass of every layer when it is frozen, in seconds of an iteration.
  public var frozenSeconds: [Double]
  /// The size of one input's features in front of every layer, in bytes as they are kept; that in
  /// front of layer 0, the images', is not used.
  public var featureBytes: [Int]
  /// The number of inputs of an iteration. They come in turn: each comes again when all have come.
  public var inputsPerIteration: Int
  /// The number of inputs in all.
  public var slotCount: Int
  /// The most that may be kept at any time, in bytes.
  public var budgetBytes: Int
  /// What it takes to read a byte that was kept, in seconds.
  public var readSecondsPerByte: Double
  /// What it takes to keep a byte, in seconds.
  public var writeSecondsPerByte: Double
  /// Whether the inputs are others after every freeze event, so that nothing kept is of use any more.
  public var redrawsInputs: Bool

  /// Collects the figures.
  ///
  /// - Precondition: there are as many sizes as durations, and at least one input in all and in each
  ///   iteration.
  public init(
    frozenSeconds: [Double],
    featureBytes: [Int],
    inputsPerIteration: Int,
    slotCount: Int,
    budgetBytes: Int,
    readSecondsPerByte: Double,
    writeSecondsPerByte: Double,
    redrawsInputs: Bool = false
  ) {
    precondition(
      frozenSeconds.count == featureBytes.count && inputsPerIteration >= 1 && slotCount >= 1,
      "\(featureBytes.count) sizes, \(frozenSeconds.count) durations, \(slotCount) inputs, "
        + "\(inputsPerIteration) an iteration"
    )
    self.frozenSeconds = frozenSeconds
    self.featureBytes = featureBytes
    self.inputsPerIteration = inputsPerIteration
    self.slotCount = slotCount
    self.budgetBytes = budgetBytes
    self.readSecondsPerByte = readSecondsPerByte
    self.writeSecondsPerByte = writeSecondsPerByte
    self.redrawsInputs = redrawsInputs
  }

  /// The number of iterations in which every input comes once.
  public var fillIterations: Int {
    (slotCount - 1) / inputsPerIteration + 1
  }

  /// What the frozen layers take in an iteration.
  ///
  /// - Parameters:
  ///   - source: The layer whose input is read; 0 for the images, which cost nothing here.
  ///   - frozenCount: How many layers are frozen, at least `source`.
  public func seconds(from source: Int, frozenCount: Int) -> Double {
    let read = source == 0 ? 0 : bytesPerIteration(source) * readSecondsPerByte
    return read + frozenSeconds[source..<frozenCount].reduce(0, +)
  }

  /// What it takes to keep an iteration's features in front of a layer.
  public func keepSeconds(_ frontier: Int) -> Double {
    bytesPerIteration(frontier) * writeSecondsPerByte
  }

  /// Whether the features of all inputs in front of these layers fit the budget together; none of
  /// layer 0 are kept.
  public func fits(_ frontiers: Int...) -> Bool {
    var left = budgetBytes
    for frontier in frontiers where frontier > 0 {
      let (bytes, overflows) = featureBytes[frontier].multipliedReportingOverflow(by: slotCount)
      guard !overflows, bytes <= left else { return false }
      left -= bytes
    }
    return true
  }

  private func bytesPerIteration(_ frontier: Int) -> Double {
    Double(featureBytes[frontier]) * Double(inputsPerIteration)
  }
}

// MARK: - From JSON

extension CacheCosts {
  private enum CodingKeys: CodingKey {
    case frozenSeconds, featureBytes, inputsPerIteration, slotCount, budgetBytes
    case readSecondsPerByte, writeSecondsPerByte, redrawsInputs
  }

  /// Reads the figures and checks them.
  ///
  /// - Throws: `DecodingError` for figures that cannot be.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    frozenSeconds = try container.decode([Double].self, forKey: .frozenSeconds)
    featureBytes = try container.decode([Int].self, forKey: .featureBytes)
    inputsPerIteration = try container.decode(Int.self, forKey: .inputsPerIteration)
    slotCount = try container.decode(Int.self, forKey: .slotCount)
    budgetBytes = try container.decode(Int.self, forKey: .budgetBytes)
    readSecondsPerByte = try container.decode(Double.self, forKey: .readSecondsPerByte)
    writeSecondsPerByte = try container.decode(Double.self, forKey: .writeSecondsPerByte)
    redrawsInputs = try container.decode(Bool.self, forKey: .redrawsInputs)
    let seconds = frozenSeconds + [readSecondsPerByte, writeSecondsPerByte]
    guard frozenSeconds.count == featureBytes.count, inputsPerIteration >= 1, slotCount >= 1,
      featureBytes.allSatisfy({ $0 >= 0 }), seconds.allSatisfy({ $0 >= 0 && $0.isFinite })
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "costs of a cache that cannot be")
      )
    }
  }
}
