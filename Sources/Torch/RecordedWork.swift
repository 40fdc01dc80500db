internal import CTorch
import Foundation

/// Work of a device that is recorded once and then repeated: on a GPU as a graph, which costs the processor one call
/// whatever it consists of.
///
/// Whoever repeats it keeps what it reads, as weights: on a GPU it has addresses alone.
/// It reads and writes the same memory each time: what is to differ from one time to the next has to be written into
/// tensors that it reads, as results have to be read from tensors that it writes. Its other memory stays with it.
public final class RecordedWork {
  private enum Form {
    case graph(ct_graph)
    /// The CPU has no graphs: the work is done anew.
    case body(() throws -> Void)
  }

  private let form: Form

  /// Held by what cannot be done while a thread records: another recording, the end of one, and to give memory back.
  static let lock = NSLock()

  /// Records what the body gives this thread's queue. None of it is done yet.
  ///
  /// - Parameters:
  ///   - device: Where the body works; for a GPU within `WorkQueue.run(_:)`.
  ///   - generator: What the body draws numbers from, if it does; each repetition draws those of the seed that it then
  ///     has.
  ///   - body: It waits for nothing, as a number of a GPU, and makes no tensor from numbers of this process.
  /// - Throws: `TorchError` for what cannot be recorded, and what the body throws.
  public init(
    on device: Device,
    drawingFrom generator: Generator? = nil,
    _ body: @escaping () throws -> Void
  ) throws {
    guard device != .cpu else {
      form = .body(body)
      return
    }
    Self.lock.lock()
    defer { Self.lock.unlock() }
    var graph = ct_graph(pointer: nil)
    try withExtendedLifetime(generator) {
      let drawn = generator?.handle ?? ct_generator(pointer: nil)
      try check("RecordedWork") { ct_graph_begin(drawn, &graph) }
    }
    do {
      try body()
      try check("RecordedWork") { ct_graph_end(graph) }
    } catch {
      ct_graph_free(graph)
      throw error
    }
    form = .graph(graph)
  }

  deinit {
    guard case .graph(let graph) = form else { return }
    Self.lock.withLock { ct_graph_free(graph) }
  }

  /// Gives this thread's queue the work once more.
  ///
  /// - Throws: `TorchError` when libtorch refuses; on the CPU what the body throws.
  public func run() throws {
    switch form {
    case .graph(let graph): try check("RecordedWork") { ct_graph_replay(graph) }
    case .body(let body): try body()
    }
  }
}
