import Torch

/// Where the first values of a network's weights come from, and the device they go to.
///
/// The numbers are drawn on the CPU, so that a seed means the same network on every device.
public struct WeightInitializer: Sendable {
  private let generator: Generator

  /// The device that holds what is made.
  public let device: Device
  /// The type of what is made.
  public let scalarType: ScalarType
  /// The order in memory of tensors of four sizes: convolutions' weights.
  public let memoryFormat: MemoryFormat

  /// A source that starts from a seed; by default of what networks train fastest with.
  ///
  /// - Throws: `TorchError` when libtorch has no generator.
  public init(
    seed: UInt64,
    device: Device = .cpu,
    scalarType: ScalarType = .float32,
    memoryFormat: MemoryFormat = .channelsLast
  ) throws {
    generator = try Generator(seed: seed)
    self.device = device
    self.scalarType = scalarType
    self.memoryFormat = memoryFormat
  }

  /// The distribution of a weight's first values.
  public enum Distribution: Hashable, Sendable {
    /// Every element the same.
    case constant(Double)
    /// Normal with mean 0.
    case normal(deviation: Double)
    /// Uniform in +-bound.
    case uniform(bound: Double)
  }

  /// A new tensor on the device.
  public func tensor(_ shape: [Int], _ distribution: Distribution) throws -> Tensor {
    let constant = if case .constant(let value) = distribution { value } else { 0.0 }
    var tensor = try Tensor.full(shape, value: constant, scalarType: scalarType)
    if shape.count == 4 {
      tensor = try tensor.arranged(in: memoryFormat)
    }
    switch distribution {
    case .constant: break
    case .normal(let deviation): try tensor.fillNormal(deviation: deviation, from: generator)
    case .uniform(let bound): try tensor.fillUniform(in: -bound..<bound, from: generator)
    }
    return try tensor.moved(to: device)
  }

  /// A new parameter on the device.
  public func parameter(_ shape: [Int], _ distribution: Distribution) throws -> Parameter {
    try Parameter(tensor(shape, distribution))
  }
}
