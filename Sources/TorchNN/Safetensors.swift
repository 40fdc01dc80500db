import Torch

/// Named tensors and a few words about them, in the format safetensors
/// (github.com/huggingface/safetensors, README, "Format"): a little-endian length, a JSON header,
/// and the elements of all tensors without gaps.
///
/// Reading one runs no code of the file's, and needs memory for the file and for its tensors: about
/// twice the file's size.
public struct Safetensors: Sendable {
  /// The tensors by name.
  public var tensors: [String: Tensor]

  /// Free text by key: the header's `__metadata__`.
  public var metadata: [String: String]

  /// Collects what a file holds.
  public init(tensors: [String: Tensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The tensors as a state dictionary.
  public var stateDictionary: StateDictionary {
    StateDictionary(tensors)
  }

  /// The longest header that is read, in bytes; the limit of the format's own implementation.
  static let longestHeader = 100_000_000
}

/// What is wrong with a safetensors file.
public enum SafetensorsError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file cannot be read.
  case unreadable(path: String, reason: String)
  /// The file cannot be written.
  case unwritable(path: String, reason: String)
  /// The file is not one of this format, or damaged.
  case malformed(path: String, reason: String)
  /// A tensor has a type that is not read here.
  case unsupportedType(path: String, name: String, type: String)
  /// The format keeps the name of a tensor for something else.
  case reservedName(String)

  /// One sentence for a person: the file, what is wrong with it, and what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path) cannot be read (\(reason)): give a file that can be read"
    case .unwritable(let path, let reason):
      "\(path) cannot be written (\(reason)): give a file that can be written"
    case .malformed(let path, let reason):
      "\(path) is not a safetensors file (\(reason)): give one that is whole"
    case .unsupportedType(let path, let name, let type):
      "\(path) has a tensor \(name) of type \(type): convert it to F32, F64, I64 or U8"
    case .reservedName(let name):
      "a safetensors file cannot hold a tensor named \(name): rename it"
    }
  }
}

extension ScalarType {
  /// The type's name in a safetensors header.
  var safetensorsName: String {
    switch self {
    case .uint8: "U8"
    case .int64: "I64"
    case .float32: "F32"
    case .float64: "F64"
    case .bfloat16: "BF16"
    }
  }

  init?(safetensorsName name: String) {
    guard let match = ScalarType.allCases.first(where: { $0.safetensorsName == name }) else {
      return nil
    }
    self = match
  }
}
