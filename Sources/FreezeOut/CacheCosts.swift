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
  /// The number of inputs of an iteration; the last one of an epoch may have fewer.
  public var inputsPerIteration: Int
  /// The number of iterations of an epoch, in which every image comes once, in an order of its own.
  public var iterationsPerEpoch: Int
  /// The number of inputs that are made of an image, one an epoch, in turn; 1 where an image is an input.
  public var viewCount: Int
  /// The number of inputs in all: of images times `viewCount`.
  public var slotCount: Int
  /// What a store takes besides the features of its inputs, in bytes.
  public var overheadBytes: Int
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
  ///   iteration, one iteration in an epoch, and one view.
  public init(
    frozenSeconds: [Double],
    featureBytes: [Int],
    inputsPerIteration: Int,
    iterationsPerEpoch: Int,
    viewCount: Int = 1,
    slotCount: Int,
    overheadBytes: Int = 0,
    budgetBytes: Int,
    readSecondsPerByte: Double,
    writeSecondsPerByte: Double,
    redrawsInputs: Bool = false
  ) {
    precondition(
      frozenSeconds.count == featureBytes.count && inputsPerIteration >= 1 && slotCount >= 1
        && iterationsPerEpoch >= 1 && viewCount >= 1,
      "\(featureBytes.count) sizes, \(frozenSeconds.count) durations, \(slotCount) inputs, "
        + "\(inputsPerIteration) an iteration, \(iterationsPerEpoch) of these an epoch, "
        + "\(viewCount) views"
    )
    self.frozenSeconds = frozenSeconds
    self.featureBytes = featureBytes
    self.inputsPerIteration = inputsPerIteration
    self.iterationsPerEpoch = iterationsPerEpoch
    self.viewCount = viewCount
    self.slotCount = slotCount
    self.overheadBytes = overheadBytes
    self.budgetBytes = budgetBytes
    self.readSecondsPerByte = readSecondsPerByte
    self.writeSecondsPerByte = writeSecondsPerByte
    self.redrawsInputs = redrawsInputs
  }

  /// The first iteration at which a store is sure to hold every input.
  ///
  /// Every epoch has another order. What an epoch had shown before the store was begun comes anywhere in
  /// the epoch with the same view, which is therefore needed to its end.
  ///
  /// - Parameter begin: The iteration from which on the store is filled, from 0.
  /// - Returns: The end of an epoch; `Int.max` where no number of iterations is so large.
  public func fullIteration(from begin: Int) -> Int {
    let shown = begin % iterationsPerEpoch
    let (epochs, tooMany) = (begin / iterationsPerEpoch)
      .addingReportingOverflow(shown == 0 ? viewCount : viewCount.saturatingSuccessor)
    let (iteration, tooLarge) = epochs.multipliedReportingOverflow(by: iterationsPerEpoch)
    return tooMany || tooLarge ? .max : iteration
  }

  /// The share of an iteration's inputs that a store does not hold yet: all while it sees every view for
  /// the first time; then, for an epoch, what had come before it was begun; then nothing.
  ///
  /// - Parameters:
  ///   - iteration: At least `begin`.
  ///   - begin: The iteration from which on the store is filled, from 0.
  public func missingShare(atIteration iteration: Int, begin: Int) -> Double {
    let full = fullIteration(from: begin)
    guard iteration < full else { return 0 }
    let shown = begin % iterationsPerEpoch
    guard shown > 0, full != .max, iteration >= full - iterationsPerEpoch else { return 1 }
    return Double(shown) / Double(iterationsPerEpoch)
  }

  /// The iterations at which `missingShare` changes, ascending.
  func missingShareChanges(begin: Int) -> [Int] {
    let full = fullIteration(from: begin)
    return begin % iterationsPerEpoch == 0 || full == .max
      ? [full] : [full - iterationsPerEpoch, full]
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

  /// What it takes to get an iteration's features in front of the layer of a store.
  ///
  /// Where all are missing, what is computed is kept and used; where some are, it is read again with the
  /// rest.
  ///
  /// - Parameters:
  ///   - frontier: The layer whose input the store holds.
  ///   - source: The layer whose input it is filled from; 0 for the images.
  ///   - missingShare: The share of inputs that it does not hold, in `0...1`.
  func storeSeconds(_ frontier: Int, from source: Int, missingShare: Double) -> Double {
    Self.storeSeconds(
      made: seconds(from: source, frozenCount: frontier) + keepSeconds(frontier),
      read: seconds(from: frontier, frozenCount: frontier),
      missingShare: missingShare
    )
  }

  /// The same, from what it takes to make and keep all of them, and to read them.
  static func storeSeconds(made: Double, read: Double, missingShare: Double) -> Double {
    guard missingShare > 0 else { return read }
    return missingShare * made + (missingShare < 1 ? read : 0)
  }

  /// Whether stores of all inputs in front of these layers fit the budget together; there is none of
  /// layer 0.
  public func fits(_ frontiers: Int...) -> Bool {
    var left = budgetBytes
    for frontier in frontiers where frontier > 0 {
      let (features, tooLarge) = featureBytes[frontier].multipliedReportingOverflow(by: slotCount)
      let (bytes, overflows) = features.addingReportingOverflow(overheadBytes)
      guard !tooLarge, !overflows, bytes <= left else { return false }
      left -= bytes
    }
    return true
  }

  private func bytesPerIteration(_ frontier: Int) -> Double {
    Double(featureBytes[frontier]) * Double(inputsPerIteration)
  }
}

extension Int {
  /// One more, or the greatest number there is.
  fileprivate var saturatingSuccessor: Int { self == .max ? .max : self + 1 }
}

// MARK: - From JSON

extension CacheCosts {
  private enum CodingKeys: CodingKey {
    case frozenSeconds, featureBytes, inputsPerIteration, iterationsPerEpoch, viewCount, slotCount
    case overheadBytes, budgetBytes
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
    iterationsPerEpoch = try container.decode(Int.self, forKey: .iterationsPerEpoch)
    viewCount = try container.decode(Int.self, forKey: .viewCount)
    slotCount = try container.decode(Int.self, forKey: .slotCount)
    overheadBytes = try container.decode(Int.self, forKey: .overheadBytes)
    budgetBytes = try container.decode(Int.self, forKey: .budgetBytes)
    readSecondsPerByte = try container.decode(Double.self, forKey: .readSecondsPerByte)
    writeSecondsPerByte = try container.decode(Double.self, forKey: .writeSecondsPerByte)
    redrawsInputs = try container.decode(Bool.self, forKey: .redrawsInputs)
    let seconds = frozenSeconds + [readSecondsPerByte, writeSecondsPerByte]
    guard frozenSeconds.count == featureBytes.count, inputsPerIteration >= 1, slotCount >= 1,
      iterationsPerEpoch >= 1, viewCount >= 1, overheadBytes >= 0,
      featureBytes.allSatisfy({ $0 >= 0 }),
      seconds.allSatisfy(MeasuredCosts.validSeconds.contains)
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "costs of a cache that cannot be")
      )
    }
  }
}
