import Foundation
import Testing

@testable import Datasets

@Suite struct PrefetchedTests {
  struct Refusal: Error, Equatable {}

  /// An object whose instances are counted.
  final class Counted: Sendable {
    let value: Int
    let counter: Counter

    init(_ value: Int, _ counter: Counter) {
      self.value = value
      self.counter = counter
      counter.add(1)
    }

    deinit { counter.add(-1) }
  }

  /// A number that threads share.
  final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var total = 0

    func add(_ amount: Int) { lock.withLock { total += amount } }
    var value: Int { lock.withLock { total } }
  }

  @Test("Elements come in order whatever the depth", arguments: [1, 2, 7, 1_000])
  func order(depth: Int) throws {
    let squares = try Prefetched(indices: 3..<300, depth: depth) { $0 * $0 }
    var seen: [Int] = []
    while let square = try squares.next() { seen.append(square) }
    #expect(seen == (3..<300).map { $0 * $0 })
    #expect(try squares.next() == nil)
  }

  @Test("A slow consumer and a slow producer see the same elements")
  func timing() throws {
    let slow = try Prefetched(indices: 0..<20, depth: 3) { index in
      usleep(index % 3 == 0 ? 2_000 : 0)
      return index
    }
    var seen: [Int] = []
    while let element = try slow.next() {
      if element % 5 == 0 { usleep(3_000) }
      seen.append(element)
    }
    #expect(seen == Array(0..<20))
  }

  @Test("The queue is filled to its depth, and no further", arguments: [1, 3])
  func bounded(depth: Int) throws {
    let made = Counter()
    let elements = try Prefetched(indices: 0..<100, depth: depth) { index in
      made.add(1)
      return index
    }
    _ = try elements.next()
    // The one given out and `depth` ready ones come without being asked for; then the thread waits.
    while made.value < depth + 1 { usleep(1_000) }
    usleep(20_000)
    #expect(made.value == depth + 1)
    elements.cancel()
    #expect(made.value == depth + 1)
    #expect(try elements.next() == nil)
  }

  @Test("An error comes out after the elements before it, and again")
  func failure() throws {
    let elements = try Prefetched(indices: 0..<10, depth: 4) { index in
      if index == 2 { throw Refusal() }
      return index
    }
    #expect(try elements.next() == 0)
    #expect(try elements.next() == 1)
    #expect(throws: Refusal()) { try elements.next() }
    #expect(throws: Refusal()) { try elements.next() }
  }

  @Test("Dropping it early ends the thread and frees elements and captures", arguments: [0, 1, 5])
  func dropped(taken: Int) throws {
    let alive = Counter()
    for _ in 0..<20 {
      let captured = Counted(-1, alive)
      let elements = try Prefetched(indices: 0..<1_000, depth: 3) { index in
        Counted(index + captured.value, alive)
      }
      for _ in 0..<taken { _ = try elements.next() }
    }
    #expect(alive.value == 0)
  }

  @Test("Reading to the end frees everything too")
  func finished() throws {
    let alive = Counter()
    do {
      let captured = Counted(0, alive)
      let elements = try Prefetched(indices: 0..<10, depth: 3) { Counted($0, captured.counter) }
      while let element = try elements.next() { #expect(element.value >= 0 && alive.value > 0) }
    }
    #expect(alive.value == 0)
  }

  @Test("Cancelling wakes a consumer that waits")
  func cancelled() throws {
    let gate = DispatchSemaphore(value: 0)
    let elements = try Prefetched(indices: 0..<10, depth: 1) { index in
      gate.wait()
      return index
    }
    let isDone = DispatchSemaphore(value: 0)
    Thread {
      _ = try? elements.next()
      isDone.signal()
    }.start()
    Thread { elements.cancel() }.start()
    isDone.wait()
    gate.signal()
  }

  @Test("An empty range has no element, and a depth of none is refused")
  func edges() throws {
    #expect(try Prefetched(indices: 5..<5, depth: 1) { $0 }.next() == nil)
    for depth in [0, -1] {
      #expect(throws: DatasetError.queueDepth(depth)) {
        try Prefetched(indices: 0..<1, depth: depth) { $0 }
      }
    }
  }
}
