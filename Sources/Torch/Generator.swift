internal import CTorch

/// A source of random numbers on one device, apart from libtorch's ambient generators: the same
/// seed gives the same numbers.
///
/// It is not for use by several threads at once.
public final class Generator: @unchecked Sendable {
  let handle: ct_generator

  /// Starts from a seed.
  ///
  /// - Throws: `TorchError` when there is no such device.
  public init(seed: UInt64, device: Device = .cpu) throws {
    var handle = ct_generator()
    try check("Generator") { ct_generator_new(seed, device.code, &handle) }
    self.handle = handle
  }

  deinit {
    ct_generator_free(handle)
  }

  /// Starts the sequence anew from a seed.
  ///
  /// - Throws: `TorchError` when libtorch refuses.
  public func reseed(_ seed: UInt64) throws {
    try withExtendedLifetime(self) {
      try check("reseed") { ct_generator_seed(handle, seed) }
    }
  }
}

extension Tensor {
  /// Overwrites every element with a normal deviate; which one falls where does not depend on the
  /// order in memory.
  ///
  /// - Throws: `TorchError` for integers, a negative deviation, and a generator of another device.
  public func fillNormal(mean: Double = 0, deviation: Double, from generator: Generator) throws {
    try withExtendedLifetime(generator) {
      try check("fillNormal", [self]) {
        ct_tensor_fill_normal(handle, mean, deviation, generator.handle)
      }
    }
  }

  /// Overwrites every element with a uniform deviate of `range`; which one falls where does not
  /// depend on the order in memory.
  ///
  /// - Throws: `TorchError` for integers, and a generator of another device.
  public func fillUniform(in range: Range<Double>, from generator: Generator) throws {
    try withExtendedLifetime(generator) {
      try check("fillUniform", [self]) {
        ct_tensor_fill_uniform(handle, range.lowerBound, range.upperBound, generator.handle)
      }
    }
  }
}
