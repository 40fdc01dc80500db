internal import CTorch

/// The processor instructions that the fused kernels are compiled for, from those that every processor has
/// to the widest.
public enum Instructions: String, CaseIterable, Sendable, Comparable {
  /// What every processor of the architecture has.
  case portable
  /// AVX2 with fused multiply-adds: x86-64 processors since about 2013.
  case avx2
  /// AVX-512, with its F, BW, DQ and VL parts.
  case avx512

  /// The widest that this processor has.
  public static var best: Instructions {
    switch ct_best_instructions() {
    case CT_AVX512: .avx512
    case CT_AVX2: .avx2
    default: .portable
    }
  }

  /// Whether the right ones are wider.
  public static func < (left: Self, right: Self) -> Bool {
    left.code.rawValue < right.code.rawValue
  }

  var code: ct_instructions {
    switch self {
    case .portable: CT_PORTABLE
    case .avx2: CT_AVX2
    case .avx512: CT_AVX512
    }
  }
}
