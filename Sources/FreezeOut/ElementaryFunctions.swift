// The two functions that this target takes from the platform's C library. No other file names it.

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(ucrt)
  import ucrt
#endif

/// `base` to the power of `exponent`, with the rounding of the C library's `pow`.
///
/// Never inlined: an optimizer that sees the exponent 2 writes `base * base` instead, whose last
/// bit differs for about one `base` in a thousand, and debug and release builds would disagree.
@inline(never)
func power(_ base: Double, _ exponent: Double) -> Double {
  pow(base, exponent)
}

/// The cosine of `radians`.
func cosine(_ radians: Double) -> Double {
  cos(radians)
}
