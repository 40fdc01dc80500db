internal import CTorch

/// The processor instructions that fused kernels are compiled for.
public enum Instructions: String, CaseIterable, Sendable, Comparable {
  /// What every processor of the architecture has.
  case portable
  /// AVX2 and FMA: 8 numbers at a time.
  case avx2
  /// AVX-512: 16 numbers at a time.
  case avx512

  /// The widest that this processor has.
  public static var best: Instructions {
    switch ct_best_instructions() {
    case CT_AVX512: .avx512
    case CT_AVX2: .avx2
    default: .portable
    }
  }

  var code: ct_instructions {
    switch self {
    case .portable: CT_PORTABLE
    case .avx2: CT_AVX2
    case .avx512: CT_AVX512
    }
  }

  /// Whether every processor with the second has the first.
  public static func < (first: Instructions, second: Instructions) -> Bool {
    first.code.rawValue < second.code.rawValue
  }
}
