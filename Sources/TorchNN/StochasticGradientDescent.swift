import Torch

/// Stochastic gradient descent over groups of parameters that each have a learning rate of their own
/// and can be released one by one.
///
/// A released group costs nothing any more: its momenta and gradients are given back, and no step
/// moves its parameters, by neither momentum nor weight decay.
public final class StochasticGradientDescent {
  /// The arithmetic of a step.
  public let rule: GradientDescent

  private var groups: [Group]

  private struct Group {
    let names: [String]
    let parameters: [Tensor]
    /// Empty before the first step, and for a rule without momentum.
    var momenta: [Tensor] = []
    var isReleased = false
  }

  /// An optimizer without momenta yet.
  ///
  /// - Parameter groups: The states whose parameters form a group each.
  public init(groups: [ModuleState], rule: GradientDescent) {
    self.rule = rule
    self.groups = groups.map { state in
      Group(
        names: state.parameters.map(\.name),
        parameters: state.parameters.map(\.parameter.value)
      )
    }
  }

  /// Makes a step of every group that has a learning rate, and gives back its gradients.
  ///
  /// - Parameter learningRates: A rate for each group; nil leaves the group where it is.
  /// - Throws: `TorchError` when a parameter of a stepped group has no gradient.
  /// - Precondition: there is an entry for each group, and nil for each released one.
  public func step(learningRates: [Double?]) throws {
    precondition(
      learningRates.count == groups.count,
      "\(learningRates.count) learning rates do not fit \(groups.count) groups: give one for each"
    )
    for (index, rate) in learningRates.enumerated() {
      guard let rate else { continue }
      precondition(
        !groups[index].isReleased,
        "group \(index) was released and has a learning rate: give nil"
      )
      try step(group: index, learningRate: rate)
    }
  }

  /// Makes the same step on a device that works on its own: what differs from one step to the next lies in its memory,
  /// so that the step can be recorded.
  ///
  /// - Parameters:
  ///   - stepped: The groups that move, of which none is released.
  ///   - learningRates: One float32 for each group, `[groups]`, on the device.
  ///   - skip: One float32 on the device: where it is 1, nothing moves.
  /// - Throws: `TorchError` when a parameter of a stepped group has no gradient.
  public func step(groups stepped: Range<Int>, learningRates: Tensor, unless skip: Tensor) throws {
    for index in stepped {
      if groups[index].momenta.isEmpty {
        groups[index].momenta = try freshMomenta(ofGroup: index)
        // Momenta of 0 and the first step are the same.
        for momentum in groups[index].momenta { try momentum.assign(momentum.scaled(by: 0)) }
      }
      try rule.step(
        parameters: groups[index].parameters,
        momenta: groups[index].momenta,
        learningRate: learningRates.rows(index..<index + 1),
        unless: skip
      )
      try Tensor.releaseGradients(of: groups[index].parameters)
    }
  }

  /// Gives back the gradients of groups that are not to step with them.
  ///
  /// - Throws: `TorchError` when libtorch refuses.
  public func releaseGradients(ofGroups indices: Range<Int>) throws {
    for index in indices { try Tensor.releaseGradients(of: groups[index].parameters) }
  }

  /// Takes a group out for good, with its momenta and gradients.
  ///
  /// - Precondition: there is such a group.
  /// - Throws: `TorchError` when libtorch refuses.
  public func release(group index: Int) throws {
    try Tensor.releaseGradients(of: groups[index].parameters)
    groups[index].momenta = []
    groups[index].isReleased = true
  }

  private func step(group index: Int, learningRate: Double) throws {
    let isFirst = groups[index].momenta.isEmpty
    let momenta = isFirst ? try freshMomenta(ofGroup: index) : groups[index].momenta
    try rule.step(
      parameters: groups[index].parameters,
      momenta: momenta,
      learningRate: learningRate,
      isFirst: isFirst
    )
    // Not before: after a first step that failed, the next one is the first.
    groups[index].momenta = momenta
    try Tensor.releaseGradients(of: groups[index].parameters)
  }

  /// Momenta that hold nothing yet; none for a rule without momentum.
  private func freshMomenta(ofGroup index: Int) throws -> [Tensor] {
    guard rule.momentum != 0 else { return [] }
    return try withoutGradients { try groups[index].parameters.map { try $0.copied() } }
  }
}

// MARK: - Momenta as a state

extension StochasticGradientDescent {
  /// The momenta by their parameters' names, without released groups; empty before the first step
  /// and for a rule without momentum.
  /// They share memory with the optimizer's own.
  public var momenta: [(name: String, tensor: Tensor)] {
    groups.flatMap { group in
      zip(group.names, group.momenta).map { (name: $0, tensor: $1) }
    }
  }

  /// Takes the momenta of every group that is not released from a dictionary.
  ///
  /// - Parameter dictionary: A tensor for each of their parameters' names, and for no other.
  /// - Throws: `StateDictionaryError` for a missing or unexpected name, another shape or type, and
  ///   `TorchError`.
  public func loadMomenta(_ dictionary: StateDictionary) throws {
    let active = groups.indices.filter { !groups[$0].isReleased }
    let fresh = try active.map(freshMomenta)
    let targets = zip(active, fresh).flatMap { index, momenta in
      zip(groups[index].names, momenta).map { (name: $0, tensor: $1) }
    }
    try dictionary.load(into: targets)
    for (index, momenta) in zip(active, fresh) {
      groups[index].momenta = momenta
    }
  }
}
