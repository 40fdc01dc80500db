import Torch
import TorchNN

/// The frozen stages of a network, from the first, as a part of the data's way to the rest.
///
/// A value: what it computes depends on its input alone, an image's features not on the other images
/// of its batch, so that it may run on any thread, ahead of the training step, and its results may
/// be kept. (Convolutions that fused kernels do not run go to oneDNN whatever the batch, by `FoldedConv2d`.
/// That may share out fewer images than it has threads in another way, which sums in another order: they are
/// repeated to as many.)
public struct FrozenPrefix: Sendable {
  private var forms: [FrozenForm] = []

  /// Nothing is frozen: images are what they are.
  public init() {}

  /// The number of frozen stages.
  public var count: Int { forms.count }

  /// Takes over the next stages of the network, as they are now.
  ///
  /// - Parameter kernels: What runs them.
  /// - Throws: `TorchError` when their numbers cannot be read; nothing is taken over then.
  public mutating func append(
    _ stages: ArraySlice<PlacedStage>,
    kernels: Kernels = .libtorch
  ) throws {
    forms += try withoutGradients { try stages.map { try $0.stage.frozenForm(with: kernels) } }
  }

  /// What stands in front of the stage `end`.
  ///
  /// - Parameters:
  ///   - input: What stands in front of the stage `start`, `[N, C, H, W]`: for 0, images.
  ///   - start: Where the input stands, in `0...end`.
  ///   - end: Which features are asked for, in `start...count`; nil for `count`.
  ///   - afterEach: Called when a stage is done, to measure it; stages that could run as one then run one
  ///     by one.
  /// - Returns: `[N, C', H', W']`, without a graph; the input itself where `start` is `end`.
  /// - Throws: `TorchError` for an input of other sizes, and what `afterEach` throws.
  public func features(
    of input: Tensor,
    from start: Int = 0,
    to end: Int? = nil,
    afterEach: (() throws -> Void)? = nil
  ) throws -> Tensor {
    let forms = forms[start..<(end ?? count)]
    return try withoutGradients {
      let count = input.shape[0]
      let fewest = Runtime.threadCount
      guard !forms.isEmpty, count > 0, count < fewest, try input.device == .cpu else {
        return try forms.applied(to: input, afterEach: afterEach)
      }
      return try forms.applied(to: input.repeated(to: fewest), afterEach: afterEach)
        .rows(0..<count)
    }
  }
}

extension ArraySlice<FrozenForm> {
  /// One form after the other.
  fileprivate func applied(to input: Tensor, afterEach: (() throws -> Void)?) throws -> Tensor {
    var features = input
    var rest = self
    while let form = rest.first {
      switch form {
      case .mapping(let map):
        features = try map(features)
        try afterEach?()
        rest = rest.dropFirst()
      case .appending:
        let run = rest.prefix { if case .appending = $0 { true } else { false } }
        features = try run.appended(to: features, afterEach: afterEach)
        rest = rest.dropFirst(run.count)
      case .fused(_, let kernels):
        let stages = rest.prefix(afterEach == nil ? rest.count : 1).fusedStages
        features = try kernels.apply(stages, to: features, mode: .inference)
        try afterEach?()
        rest = rest.dropFirst(stages.count)
      }
    }
    return features
  }

  /// The stages of the fused forms from the first.
  private var fusedStages: [any Stage] {
    prefix { if case .fused = $0 { true } else { false } }.compactMap {
      if case .fused(let stage, _) = $0 { stage } else { nil }
    }
  }

  /// A run of forms that append, in one tensor with room for what all of them append.
  private func appended(to input: Tensor, afterEach: (() throws -> Void)?) throws -> Tensor {
    let appended = reduce(0) { sum, form in
      if case .appending(_, let channels) = form { sum + channels } else { sum }
    }
    var filled = input.shape[1]
    let buffer = try input.like(channelCount: filled + appended)
    try buffer.channels(0..<filled).assign(input)
    for case .appending(let make, let channels) in self {
      let more = try make(buffer.channels(0..<filled))
      try buffer.channels(filled..<filled + channels).assign(more)
      filled += channels
      try afterEach?()
    }
    return buffer
  }
}

extension Tensor {
  /// The rows over and over, up to a number of them.
  fileprivate func repeated(to rowCount: Int) throws -> Tensor {
    let result = try uninitialized(
      [rowCount] + shape.dropFirst(),
      format: isDense(in: .channelsLast) ? .channelsLast : .contiguous
    )
    for start in stride(from: 0, to: rowCount, by: shape[0]) {
      let range = start..<min(start + shape[0], rowCount)
      try result.rows(range).assign(rows(0..<range.count))
    }
    return result
  }

  /// Memory like this tensor's, for another number of channels.
  fileprivate func like(channelCount: Int) throws -> Tensor {
    try uninitialized(
      [shape[0], channelCount] + shape.dropFirst(2),
      format: isDense(in: .channelsLast) ? .channelsLast : .contiguous
    )
  }
}
