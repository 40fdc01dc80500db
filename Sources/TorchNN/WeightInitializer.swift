import Foundation
import Torch

/// Where the first values of a network's weights come from, and the device they go to.
///
/// The numbers are drawn on the CPU, so that a seed means the same network on every device.
public struct WeightInitializer: Sendable {
  private let generator: Generator
  private let budget = Budget()

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
  ///
  /// - Throws: `WeightInitializerError.tooMany` when all tensors made here together could not be
  ///   trained in this machine's memory, before it is allocated; `TorchError` for a negative size or
  ///   deviation, and without memory or device for it.
  public func tensor(_ shape: [Int], _ distribution: Distribution) throws -> Tensor {
    try budget.spend(shape)
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
  ///
  /// - Throws: As `tensor(_:_:)`.
  public func parameter(_ shape: [Int], _ distribution: Distribution) throws -> Parameter {
    try Parameter(tensor(shape, distribution))
  }
}

/// Why there are no such weights.
public enum WeightInitializerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// More numbers than this machine's memory could train.
  case tooMany(limit: Int)

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .tooMany(let limit):
      "the network has more than \(limit) weights, which this machine's memory cannot train: "
        + "make it smaller"
    }
  }
}

/// How many numbers may still be made. A machine that runs out of memory may end the process without
/// a word.
private final class Budget: @unchecked Sendable {
  private let lock = NSLock()
  private var remaining = limit

  /// Weight, gradient and momentum of four bytes each, and as much again for one layer's output.
  private static let limit = Int(clamping: ProcessInfo.processInfo.physicalMemory / 16)

  func spend(_ shape: [Int]) throws {
    try lock.withLock {
      var count = 1
      for size in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        guard !overflow else { throw WeightInitializerError.tooMany(limit: Self.limit) }
        count = product
      }
      guard count <= remaining else { throw WeightInitializerError.tooMany(limit: Self.limit) }
      remaining -= count
    }
  }
}
