import Torch

/// Tensors by name: the weights of a network apart from the network.
public struct StateDictionary: Sendable {
  /// The tensors by name.
  public var tensors: [String: Tensor]

  /// Takes the tensors as they are.
  public init(_ tensors: [String: Tensor]) {
    self.tensors = tensors
  }

  /// The parameters and buffers of a module; they share memory with it.
  public init(_ state: ModuleState) {
    tensors = Dictionary(state.tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
  }

  /// The tensors whose names start with `prefix`, without it.
  public func under(_ prefix: String) -> StateDictionary {
    StateDictionary(
      Dictionary(
        tensors.compactMap { name, tensor in
          name.hasPrefix(prefix) ? (String(name.dropFirst(prefix.count)), tensor) : nil
        }
      ) { first, _ in first }
    )
  }

  /// The same tensors, their names behind `prefix`.
  public func prefixed(_ prefix: String) -> StateDictionary {
    StateDictionary(
      Dictionary(tensors.map { (prefix + $0, $1) }) { first, _ in first }
    )
  }

  /// The same tensors as another type.
  ///
  /// - Throws: `TorchError` when there is no memory for it.
  public func converted(to scalarType: ScalarType) throws -> StateDictionary {
    StateDictionary(try tensors.mapValues { try $0.converted(to: scalarType) })
  }

  /// Overwrites the parameters and buffers of a module.
  ///
  /// The names must be the module's, no more and no fewer; nothing changes unless all fit. The
  /// counters that PyTorch keeps beside running statistics (`num_batches_tracked`), which nothing
  /// reads, may be there.
  ///
  /// - Throws: `StateDictionaryError` for a missing or unexpected name, another shape or type, and
  ///   `TorchError`.
  public func load(into state: ModuleState) throws {
    try load(into: state.tensors)
  }

  /// Overwrites tensors by their names; as `load(into:)` of a module's state.
  ///
  /// - Throws: As `load(into:)` of a module's state.
  public func load(into targets: [(name: String, tensor: Tensor)]) throws {
    let wanted = Set(targets.map(\.name))
    let missing = targets.map(\.name).filter { tensors[$0] == nil }
    let unexpected = tensors.keys.filter {
      !wanted.contains($0) && !$0.hasSuffix(".num_batches_tracked")
    }
    guard missing.isEmpty, unexpected.isEmpty else {
      throw StateDictionaryError.names(missing: missing, unexpected: unexpected.sorted())
    }
    let pairs = targets.compactMap { target in
      tensors[target.name].map { (name: target.name, target: target.tensor, source: $0) }
    }
    for (name, target, source) in pairs {
      guard source.shape == target.shape else {
        throw StateDictionaryError.shape(name: name, found: source.shape, expected: target.shape)
      }
      guard try source.scalarType == target.scalarType else {
        throw StateDictionaryError.scalarType(
          name: name,
          found: try source.scalarType,
          expected: try target.scalarType
        )
      }
    }
    for (_, target, source) in pairs {
      try target.assign(source)
    }
  }
}

/// Why a state dictionary does not fit a module.
public enum StateDictionaryError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Names that the module has and the dictionary lacks, and the other way round.
  case names(missing: [String], unexpected: [String])
  /// A tensor of another shape.
  case shape(name: String, found: [Int], expected: [Int])
  /// A tensor of another type.
  case scalarType(name: String, found: ScalarType, expected: ScalarType)

  /// One sentence for a person: what does not fit, and what to do.
  public var description: String {
    switch self {
    case .names(let missing, let unexpected):
      "the weights are another network's, with "
        + [
          Self.listed(missing, as: "missing"), Self.listed(unexpected, as: "unexpected"),
        ].compactMap { $0 }.joined(separator: " and ") + Self.remedy
    case .shape(let name, let found, let expected):
      "the weights are another network's, with \(name) of shape \(found), not \(expected)"
        + Self.remedy
    case .scalarType(let name, let found, let expected):
      "\(name) holds \(found.rawValue), not \(expected.rawValue): convert the weights to "
        + expected.rawValue
    }
  }

  private static let remedy = ": give the settings of the network that they were saved from"

  private static func listed(_ names: [String], as word: String) -> String? {
    guard !names.isEmpty else { return nil }
    let shown = names.prefix(3).joined(separator: ", ")
    return "\(names.count) \(word) (\(shown)\(names.count > 3 ? ", ..." : ""))"
  }
}
