/// The SplitMix64 generator, with independent streams derived from several integers.
///
/// Every random decision of this module comes from one of these, made from the user's seed, so that
/// a run can be repeated and resumed. The arithmetic on top of the raw numbers (`integer(below:)`,
/// `permutation(count:)`, ...) is our own: what the standard library does with a
/// `RandomNumberGenerator` may change between releases of Swift, a recorded run may not.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014;
/// constants of `mix64` variant 13 as in Vigna's `splitmix64.c`.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Equatable {
  private var state: UInt64

  /// A generator whose first number is the first of SplitMix64 with this seed.
  public init(seed: UInt64) {
    state = seed
  }

  /// The stream of a seed that belongs to a sequence of integers, such as a purpose, an epoch and
  /// an image. Streams of different sequences (`1, 2` and `2, 1`; `1` and `1, 0`) have nothing in
  /// common.
  public init(seed: UInt64, stream: [UInt64]) {
    state = Self.mix(seed &+ Self.increment)
    for part in stream {
      state = Self.mix(state &+ Self.increment) ^ Self.mix(part &+ Self.increment)
      state = Self.mix(state &+ Self.increment)
    }
  }

  /// The next 64 uniform bits.
  public mutating func next() -> UInt64 {
    state &+= Self.increment
    return Self.mix(state)
  }

  /// 2^64 divided by the golden ratio, made odd.
  private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

// MARK: - Arithmetic on top, pinned by tests

extension SeededGenerator {
  /// A uniform integer in `0..<bound`, without bias.
  ///
  /// - Precondition: `bound` is at least 1.
  ///
  /// Source: Lemire, "Fast random integer generation in an interval", 2019, algorithm 5.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "there is no integer in 0..<\(bound): give a bound of at least 1")
    let range = UInt64(bound)
    var product = range.multipliedFullWidth(by: next())
    if product.low < range {
      let threshold = (0 &- range) % range
      while product.low < threshold {
        product = range.multipliedFullWidth(by: next())
      }
    }
    return Int(product.high)
  }

  /// A uniform multiple of 2^-24 in `0..<1`.
  public mutating func unit() -> Float {
    Float(next() >> 40) * 0x1p-24
  }

  /// A uniform number between two bounds.
  public mutating func real(from low: Float, to high: Float) -> Float {
    low + (high - low) * unit()
  }

  /// True or false, one half each.
  public mutating func coin() -> Bool {
    next() >> 63 == 1
  }

  /// A uniform permutation of `0..<count`.
  ///
  /// Source: Fisher and Yates in Durstenfeld's form, from the last place down (Knuth, TAOCP 2,
  /// 3.4.2, algorithm P).
  public mutating func permutation(count: Int) -> [Int] {
    var order = Array(0..<max(count, 0))
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(last, integer(below: last + 1))
    }
    return order
  }
}

// MARK: - Purposes

/// What a stream is for: the first integer of every stream of this package, so that no two uses of
/// one seed meet in the same numbers.
public enum StreamPurpose: UInt64, CaseIterable, Sendable {
  /// The order of the images in an epoch.
  case epochOrder = 1
  /// Crop and mirroring of an image in an epoch.
  case augmentation = 2
  /// A generated training image.
  case generatedTraining = 3
  /// A generated test image.
  case generatedTest = 4
  /// The fixed views of an image.
  case fixedView = 5
  /// The elements that dropout zeroes in an iteration; the bytes of `dropout` and a zero.
  case dropout = 0x6472_6f70_6f75_7400
}

extension SeededGenerator {
  /// The stream of a purpose, such as that of an epoch and an image.
  public init(seed: UInt64, purpose: StreamPurpose, _ parts: UInt64...) {
    self.init(seed: seed, stream: [purpose.rawValue] + parts)
  }
}
