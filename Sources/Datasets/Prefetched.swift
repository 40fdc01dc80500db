import Foundation

/// The elements of a sequence, computed ahead by a thread of their own and kept in a queue until
/// they are asked for.
///
/// What comes out is what `produce` gives for each index in turn, whatever the depth of the queue
/// and the timing: one thread computes them in order. The thread ends when all are computed, at an
/// error, at `cancel()`, and when the last reference to this object goes.
///
/// It is read like an iterator whose `next` can throw:
///
///     while let batch = try batches.next() { ... }
public final class Prefetched<Element: Sendable>: Sendable {
  private let queue: PrefetchQueue<Element>

  /// Begins to compute.
  ///
  /// - Parameters:
  ///   - indices: what `produce` is called with, in order.
  ///   - depth: how many elements are kept ready, at most, with the one in the making; from 1.
  ///   - produce: computes an element, on the thread that computes ahead.
  /// - Throws: `DatasetError.queueDepth`.
  public init(
    indices: Range<Int>,
    depth: Int,
    produce: @escaping @Sendable (Int) throws -> Element
  ) throws {
    guard depth >= 1 else { throw DatasetError.queueDepth(depth) }
    let queue = PrefetchQueue(indices: indices, depth: depth, produce: produce)
    self.queue = queue
    // The thread knows the queue alone: it does not keep this object from being released.
    let thread = Thread { queue.run() }
    thread.name = "Prefetched"
    // What may run there, libtorch for one, expects the stack of a main thread.
    thread.stackSize = 8 << 20
    thread.start()
  }

  deinit {
    queue.cancel()
  }

  /// The next element, waited for if need be; nil after the last one and after `cancel()`.
  ///
  /// - Throws: what `produce` threw, after the elements before it have been given out, and again at
  ///   every further call.
  public func next() throws -> Element? {
    try queue.next()
  }

  /// Ends the computing and releases what was computed and not asked for; returns when the thread
  /// has let go of everything.
  public func cancel() {
    queue.cancel()
  }
}

// MARK: - The queue

/// What the two threads share; the lock of `condition` guards every variable.
private final class PrefetchQueue<Element: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private let indices: Range<Int>
  private let depth: Int
  private var produce: (@Sendable (Int) throws -> Element)?
  private var ready: [Element] = []
  private var failure: (any Error)?
  private var isCancelled = false
  private var isFinished = false

  init(
    indices: Range<Int>,
    depth: Int,
    produce: @escaping @Sendable (Int) throws -> Element
  ) {
    self.indices = indices
    self.depth = depth
    self.produce = produce
  }

  // MARK: The consumer's side

  func next() throws -> Element? {
    condition.lock()
    defer { condition.unlock() }
    while ready.isEmpty, !isFinished, !isCancelled { condition.wait() }
    if !ready.isEmpty {
      condition.broadcast()
      return ready.removeFirst()
    }
    if let failure, !isCancelled { throw failure }
    return nil
  }

  func cancel() {
    condition.lock()
    isCancelled = true
    let leftover = ready
    ready = []
    condition.broadcast()
    while !isFinished { condition.wait() }
    condition.unlock()
    // Elements are released outside the lock: theirs may be long work.
    withExtendedLifetime(leftover) {}
  }

  // MARK: The producer's side

  func run() {
    do {
      try produceAll()
    } catch {
      condition.lock()
      failure = error
      condition.unlock()
    }
    releaseProduce()
    condition.lock()
    isFinished = true
    condition.broadcast()
    condition.unlock()
  }

  private func produceAll() throws {
    for index in indices {
      condition.lock()
      while ready.count >= depth, !isCancelled { condition.wait() }
      let produce = isCancelled ? nil : produce
      condition.unlock()
      guard let produce else { return }
      let element = try produce(index)
      condition.lock()
      if !isCancelled { ready.append(element) }
      condition.broadcast()
      condition.unlock()
    }
  }

  /// Lets go of what `produce` captured, before `isFinished` tells that it is gone: the last
  /// reference is this function's own and ends with it, outside the lock.
  private func releaseProduce() {
    condition.lock()
    let last = produce
    produce = nil
    condition.unlock()
    withExtendedLifetime(last) {}
  }
}
