/// The instructions that the fused kernels are built for, from those that every processor has to the
/// widest.
public enum Instructions: String, CaseIterable, Sendable, Comparable {
  /// What every processor has.
  case portable
  /// AVX2 with fused multiply-adds: x86-64 processors since about 2013.
  case avx2
  /// AVX-512, with its F, BW, DQ and VL parts.
  case avx512

  /// The widest that this processor has.
  public static var best: Instructions {
    // replaced at the merge
    .portable
  }

  /// Whether the right ones are wider.
  public static func < (left: Self, right: Self) -> Bool {
    left.width < right.width
  }

  /// The floats that one instruction takes; what stands for any number is less than all others.
  private var width: Int {
    switch self {
    case .portable: 1
    case .avx2: 8
    case .avx512: 16
    }
  }
}
