import Torch

/// Dropout (Srivastava et al. 2014): in training each element is zeroed with a probability and the
/// others are scaled so that the expectation stays.
public struct Dropout: Sendable, Hashable {
  /// The probability with which an element is zeroed, in [0, 1).
  public let probability: Double

  /// A dropout of the given probability; 0 does nothing.
  ///
  /// - Precondition: `probability` is in [0, 1).
  public init(probability: Double) {
    precondition(
      (0..<1).contains(probability),
      "a dropout probability of \(probability) is impossible: give one in [0, 1)"
    )
    self.probability = probability
  }

  /// Any sizes, to the same sizes.
  ///
  /// - Throws: `TorchError` when there is no memory for it.
  public func callAsFunction(_ input: Tensor, mode: Mode) throws -> Tensor {
    guard case .training(let generator, _) = mode, probability > 0 else { return input }
    return try input.droppedOut(probability: probability, from: generator)
  }
}
