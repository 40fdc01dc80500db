internal import CTorch

/// A sum over all processes that train together: what makes batch norm's statistics those of all their images.
public final class StatisticsSum: Sendable, Hashable {
  private let add: (@Sendable (UnsafeMutableBufferPointer<Double>) -> Bool)?
  fileprivate let communicator: Communicator?

  /// Sums by a function, on the CPU.
  ///
  /// - Parameter add: Makes each number its sum over all processes, in the order of the calls, and returns false where
  ///   it cannot. Called on the thread of the layer's forward or backward pass.
  public init(_ add: @escaping @Sendable (UnsafeMutableBufferPointer<Double>) -> Bool) {
    self.add = add
    communicator = nil
  }

  /// Sums over the GPUs of several processes.
  public init(over communicator: Communicator) {
    add = nil
    self.communicator = communicator
  }

  /// A sum is itself alone.
  public static func == (left: StatisticsSum, right: StatisticsSum) -> Bool { left === right }

  /// A sum is itself alone.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(self))
  }
}

extension StatisticsSum? {
  /// As the C boundary takes it. The sum has to live until the backward pass has ended.
  var code: ct_statistics_sum {
    let none = ct_communicator(pointer: nil)
    guard let self else { return ct_statistics_sum(add: nil, context: nil, communicator: none) }
    if let communicator = self.communicator {
      return ct_statistics_sum(add: nil, context: nil, communicator: communicator.handle)
    }
    return ct_statistics_sum(
      add: { context, values, count in
        guard let context else { return false }
        let sum = Unmanaged<StatisticsSum>.fromOpaque(context).takeUnretainedValue()
        return sum.callAsFunction(UnsafeMutableBufferPointer(start: values, count: Int(count)))
      },
      context: Unmanaged.passUnretained(self).toOpaque(),
      communicator: none
    )
  }
}

extension StatisticsSum {
  fileprivate func callAsFunction(_ values: UnsafeMutableBufferPointer<Double>) -> Bool {
    add?(values) ?? false
  }
}
