import Torch

/// Something with parameters and buffers that have names.
public protocol Module: Sendable {
  /// All parameters and buffers, in PyTorch's order and by PyTorch's names, the path from this
  /// module joined with dots.
  var state: ModuleState { get }
}

/// The named parameters and buffers of a module, in order.
///
/// A module that consists of others writes its state as a literal, which puts each one's names
/// under its own: `["conv1": conv1, "bn1": bn1]`.
public struct ModuleState: Sendable, ExpressibleByDictionaryLiteral {
  /// The parameters by name, in order.
  public private(set) var parameters: [(name: String, parameter: Parameter)]

  /// The buffers by name, in order.
  public private(set) var buffers: [(name: String, buffer: Buffer)]

  /// The state of a module that has tensors of its own.
  public init(
    parameters: KeyValuePairs<String, Parameter>,
    buffers: KeyValuePairs<String, Buffer> = [:]
  ) {
    self.parameters = parameters.map { (name: $0.key, parameter: $0.value) }
    self.buffers = buffers.map { (name: $0.key, buffer: $0.value) }
  }

  /// The states of several modules, each one's names under its key.
  public init(dictionaryLiteral modules: (String, any Module)...) {
    self.init(parameters: [:])
    for (name, module) in modules {
      append(module.state, under: name)
    }
  }

  /// Appends another state, its names under `path`; an empty path leaves them as they are.
  public mutating func append(_ other: ModuleState, under path: String = "") {
    let prefix = path.isEmpty ? "" : path + "."
    parameters += other.parameters.map { (name: prefix + $0.name, parameter: $0.parameter) }
    buffers += other.buffers.map { (name: prefix + $0.name, buffer: $0.buffer) }
  }

  /// The number of trained numbers.
  public var parameterCount: Int {
    parameters.reduce(0) { $0 + $1.parameter.value.elementCount }
  }

  /// Every tensor by its name, parameters first.
  public var tensors: [(name: String, tensor: Tensor)] {
    parameters.map { (name: $0.name, tensor: $0.parameter.value) }
      + buffers.map { (name: $0.name, tensor: $0.buffer.value) }
  }
}

/// How a layer runs.
public enum Mode: Sendable {
  /// With the batch's own statistics, which move the running ones, and with dropout, whose numbers
  /// come from the generator. The batch's statistics are those of these images, or of those of all processes that
  /// sum them.
  case training(Generator, statistics: StatisticsSum? = nil)
  /// With the running statistics, and without dropout: the output is a function of the input alone,
  /// and nothing moves.
  case inference
}
