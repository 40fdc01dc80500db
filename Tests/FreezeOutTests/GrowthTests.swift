import FreezeOut
import Testing

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

struct GrowthTests {
  @Test(arguments: [
    (Growth.linear, 0.5, 0.5), (.squared, 0.5, 0.25), (.cubic, 0.5, 0.125),
    (.linear, 0.3, 0.3), (.squared, 0.3, 0.09), (.cubic, 0.3, 0.026999999999999996),
  ])
  func `a growth is the identity, the square or the cube`(
    growth: Growth,
    x: Double,
    expected: Double
  ) {
    #expect(growth(x) == expected)
  }

  @Test(arguments: Growth.allCases)
  func `every growth keeps 0 and 1 and never decreases between`(growth: Growth) {
    #expect(growth(0) == 0)
    #expect(growth(1) == 1)
    let values = (0...100_000).map { growth(Double($0) / 100_000) }
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
    let neighbours = sequence(first: 0.7) { $0.nextUp }.prefix(10_000).map { growth($0) }
    #expect(zip(neighbours, neighbours.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test
  func `powers have the rounding of the C library in debug and in release builds`() throws {
    // Exponents that no optimizer sees, so that it cannot write products here either.
    let two = try #require(Double(String(2)))
    let three = try #require(Double(String(3)))
    let xs = (0...100_000).map { Double($0) / 100_000 }
    #expect(xs.allSatisfy { Growth.squared($0) == pow($0, two) })
    #expect(xs.allSatisfy { Growth.cubic($0) == pow($0, three) })
    // The other side: products are different numbers.
    #expect(xs.contains { Growth.cubic($0) != $0 * $0 * $0 })
  }

  @Test
  func `growths are named as the published code names them`() {
    #expect(Growth.allCases.map(\.rawValue) == ["linear", "squared", "cubic"])
  }
}
