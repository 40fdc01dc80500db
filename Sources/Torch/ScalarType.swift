internal import CTorch

/// The types of elements that a tensor may have here.
public enum ScalarType: String, CaseIterable, Sendable {
  /// Unsigned bytes.
  case uint8
  /// Signed integers of 64 bits: labels.
  case int64
  /// IEEE 754 numbers of 32 bits: images, weights, gradients.
  case float32
  /// IEEE 754 numbers of 64 bits.
  case float64
  /// The upper half of a float32: what convolutions and affine maps give and take in `ReducedPrecision.bfloat16`.
  case bfloat16

  /// The size of one element in bytes.
  public var byteCount: Int {
    switch self {
    case .uint8: 1
    case .bfloat16: 2
    case .float32: 4
    case .int64, .float64: 8
    }
  }

  init(_ code: ct_dtype) {
    switch code {
    case CT_UINT8: self = .uint8
    case CT_INT64: self = .int64
    case CT_FLOAT64: self = .float64
    case CT_BFLOAT16: self = .bfloat16
    default: self = .float32
    }
  }

  var code: ct_dtype {
    switch self {
    case .uint8: CT_UINT8
    case .int64: CT_INT64
    case .float32: CT_FLOAT32
    case .float64: CT_FLOAT64
    case .bfloat16: CT_BFLOAT16
    }
  }
}

/// The order of a tensor's elements in memory. It changes how fast an operation is, never what it
/// computes.
public enum MemoryFormat: Sendable {
  /// Row-major: the last index moves fastest.
  case contiguous
  /// `[N, C, H, W]` whose channels move fastest, as N, H, W, C: the order that convolutions like.
  case channelsLast

  var code: ct_memory_format {
    self == .channelsLast ? CT_CHANNELS_LAST : CT_CONTIGUOUS
  }
}
