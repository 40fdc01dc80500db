import Testing

@testable import Datasets

@Suite struct SeededGeneratorTests {
  @Test("The numbers of seed 1234567 are those published for SplitMix64")
  func published() {
    var generator = SeededGenerator(seed: 1_234_567)
    let numbers = (0..<5).map { _ in generator.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ]
    )
  }

  @Test("A generator goes on where its copy stood")
  func copies() {
    var generator = SeededGenerator(seed: 5)
    _ = generator.next()
    var copy = generator
    #expect(copy.next() == generator.next() && copy == generator)
    _ = copy.next()
    #expect(copy != generator)
  }

  @Test("The first integers of the purposes' streams are pinned")
  func purposes() {
    let expected: [StreamPurpose: UInt64] = [
      .epochOrder: 1, .augmentation: 2, .generatedTraining: 3, .generatedTest: 4,
      .fixedView: 5, .dropout: 0x6472_6f70_6f75_7400,
    ]
    for purpose in StreamPurpose.allCases {
      #expect(purpose.rawValue == expected[purpose])
      #expect(
        SeededGenerator(seed: 7, purpose: purpose, 3)
          == SeededGenerator(seed: 7, stream: [purpose.rawValue, 3])
      )
    }
  }

  @Test("Streams are pinned")
  func streams() {
    let firsts: [UInt64] = [
      first(0, []), first(0, [0]), first(0, [1, 2]), first(0, [2, 1]), first(1, [1, 2]),
    ]
    #expect(
      firsts == [
        0xa706_dd2f_4d19_7e6f, 0x8770_a4cb_ca98_9e4a, 0xfdf7_1ba1_e591_0aba, 0xfa31_0857_c6e4_4a64,
        0x3925_dcc9_5eb7_b7c2,
      ]
    )
  }

  @Test("Streams of different integers never begin alike")
  func distinctStreams() {
    var firsts: Set<UInt64> = []
    for seed in 0..<10 as Range<UInt64> {
      firsts.insert(first(seed, []))
      for a in 0..<20 as Range<UInt64> {
        firsts.insert(first(seed, [a]))
        for b in 0..<20 as Range<UInt64> { firsts.insert(first(seed, [a, b])) }
      }
    }
    #expect(firsts.count == 10 * (1 + 20 + 400))
  }

  @Test("Integers below a bound are pinned, in range, and about equally frequent")
  func integers() {
    var generator = SeededGenerator(seed: 7)
    #expect(
      (0..<12).map { _ in generator.integer(below: 100) } == [
        38, 1, 90, 58, 45, 24, 46, 32, 13, 41, 10, 95,
      ]
    )
    var counts = [Int](repeating: 0, count: 9)
    for _ in 0..<90_000 { counts[generator.integer(below: 9)] += 1 }
    // Five standard deviations about 10,000.
    #expect(counts.allSatisfy { (9_530...10_470).contains($0) }, "\(counts)")
    #expect(generator.integer(below: 1) == 0)
  }

  @Test("A bound close to 2^63 gives numbers on both sides of its middle")
  func hugeBound() {
    var generator = SeededGenerator(seed: 3)
    let numbers = (0..<100).map { _ in generator.integer(below: Int.max) }
    #expect(numbers.contains { $0 > Int.max / 2 } && numbers.contains { $0 < Int.max / 2 })
    #expect(numbers.allSatisfy { $0 >= 0 && $0 < Int.max })
  }

  @Test("Unit numbers lie in 0..<1 and average one half")
  func units() {
    var generator = SeededGenerator(seed: 11)
    let numbers = (0..<40_000).map { _ in generator.unit() }
    #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 })
    let mean = numbers.reduce(0, +) / 40_000
    #expect((mean - 0.5).magnitude < 0.008)
  }

  @Test(
    "Permutations are pinned",
    arguments: [(0, []), (1, [0]), (10, [7, 0, 3, 2, 8, 1, 9, 4, 6, 5])]
  )
  func permutation(count: Int, expected: [Int]) {
    var generator = SeededGenerator(seed: 2)
    #expect(generator.permutation(count: count) == expected)
  }

  @Test("All six permutations of three are about equally frequent")
  func fairPermutation() {
    var generator = SeededGenerator(seed: 2)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<12_000 { counts[generator.permutation(count: 3), default: 0] += 1 }
    #expect(counts.count == 6)
    #expect(counts.values.allSatisfy { (1_800...2_200).contains($0) }, "\(counts)")
  }

  private func first(_ seed: UInt64, _ stream: [UInt64]) -> UInt64 {
    var generator = SeededGenerator(seed: seed, stream: stream)
    return generator.next()
  }
}
