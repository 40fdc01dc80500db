internal import CTorch

/// The arithmetic of one step of stochastic gradient descent with momentum and weight decay, as
/// PyTorch defines it (torch.optim.SGD): `g = gradient + weightDecay * p`, `v = momentum * v + g`,
/// `p -= learningRate * (nesterov ? g + momentum * v : v)`.
public struct GradientDescent: Hashable, Sendable, Codable {
  /// The share of the previous step's direction that is kept; 0 for none.
  public var momentum: Double
  /// The factor of the weights that is added to their gradients.
  public var weightDecay: Double
  /// Whether the step looks ahead along the momentum (Nesterov).
  public var nesterov: Bool

  /// Collects the three options.
  public init(momentum: Double, weightDecay: Double, nesterov: Bool) {
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.nesterov = nesterov
  }

  /// Makes one step over leaves that have gradients, with libtorch's fused kernel.
  ///
  /// - Parameters:
  ///   - parameters: The leaves, which are changed.
  ///   - momenta: A tensor of the leaf's sizes for each leaf, which is changed; none where `momentum`
  ///     is 0.
  ///   - isFirst: Whether the momenta hold nothing yet.
  /// - Throws: `TorchError`, also for a leaf without gradient.
  /// - Precondition: there is a momentum for each parameter, or none where `momentum` is 0.
  public func step(
    parameters: [Tensor],
    momenta: [Tensor],
    learningRate: Double,
    isFirst: Bool
  ) throws {
    try step(parameters, momenta, learningRate: .number(learningRate), isFirst: isFirst)
  }

  /// Makes the same step on a device that works on its own: what differs from one step to the next lies in its memory,
  /// so that the step can be recorded.
  ///
  /// - Parameters:
  ///   - momenta: Zeros before the first step.
  ///   - learningRate: One float32 on the device.
  ///   - skip: One float32 on the device: where it is 1, nothing moves.
  /// - Throws: As `step(parameters:momenta:learningRate:isFirst:)`.
  public func step(
    parameters: [Tensor],
    momenta: [Tensor],
    learningRate: Tensor,
    unless skip: Tensor
  ) throws {
    try step(parameters, momenta, learningRate: .tensor(learningRate, skip: skip), isFirst: false)
  }

  private enum LearningRate {
    case number(Double)
    case tensor(Tensor, skip: Tensor)
  }

  private func step(
    _ parameters: [Tensor],
    _ momenta: [Tensor],
    learningRate: LearningRate,
    isFirst: Bool
  ) throws {
    precondition(
      momenta.count == (momentum == 0 ? 0 : parameters.count),
      "\(momenta.count) momenta do not fit \(parameters.count) parameters: give one for each, or "
        + "none without momentum"
    )
    var options = ct_sgd_options(
      learning_rate: 0,
      momentum: momentum,
      weight_decay: weightDecay,
      nesterov: nesterov,
      first_step: isFirst,
      learning_rate_tensor: ct_tensor(pointer: nil),
      skip: ct_tensor(pointer: nil)
    )
    switch learningRate {
    case .number(let rate): options.learning_rate = rate
    case .tensor(let rate, let skip):
      (options.learning_rate_tensor, options.skip) = (rate.handle, skip.handle)
    }
    try check("gradient descent", parameters + momenta) {
      ct_sgd_step(
        parameters.map(\.handle),
        momenta.map(\.handle),
        Int64(parameters.count),
        options
      )
    }
  }
}
