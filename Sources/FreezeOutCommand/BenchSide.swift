import Foundation
import Training

/// One side of a benchmark: a process that makes a step for every line that it is sent, and answers
/// with what the step took.
final class BenchSide {
  /// An answer. What a side does not tell apart is nil.
  struct Answer: Codable {
    var seconds: Double
    var prefix: Double?
    var forward: Double?
    var backward: Double?
    var optimizer: Double?
    var batch: Double?
    /// The most memory so far: the process's largest resident, or what was taken of a CUDA device.
    var peak_bytes: Int
    /// The same before there was a network.
    var start_bytes: Int
    /// What our layers are computed with; nil for another side.
    var kernels: String?
    /// What it took to compile the network, which is in no step; nil where it was not.
    var compile_seconds: Double?

    /// Whether it can be the answer of a step.
    var isPossible: Bool {
      let parts = [prefix, forward, backward, optimizer, batch, compile_seconds].compactMap { $0 }
      return seconds > 1e-9 && seconds < 1e6 && parts.allSatisfy { $0 >= 0 && $0 < 1e6 }
        && (0...peak_bytes).contains(start_bytes)
    }
  }

  /// What it is called.
  let name: String
  /// What to do when it ends in the place of a step.
  private let remedy: String
  /// The answers that count.
  private(set) var answers: [Answer] = []

  private let process = Process()
  private let requests = Pipe()
  private let replies = Pipe()
  private var unread = Data()

  /// Starts the process.
  ///
  /// - Throws: `BenchError.cannotStart`
  init(
    name: String,
    program: URL,
    arguments: [String],
    environment: [String: String],
    remedy: String
  ) throws {
    self.name = name
    self.remedy = remedy
    process.executableURL = program
    process.arguments = arguments
    process.environment = environment
    process.standardInput = requests
    process.standardOutput = replies
    do {
      try process.run()
    } catch {
      throw BenchError.cannotStart(name, reason: error.systemReason)
    }
  }

  deinit {
    end()
  }

  /// Makes two steps, of which only the second can count. During the first one the threads of the side before
  /// still spin for some milliseconds, on the cores that this one wants, its own threads sleep, and the caches
  /// hold the other's memory: none of this is so where steps follow each other, as they do in training.
  ///
  /// - Parameter counts: Whether the second one counts, and this is not a turn to warm up.
  /// - Throws: `BenchError` when the process ends or answers something else.
  func turn(counts: Bool) throws {
    try step(counts: false)
    try step(counts: counts)
  }

  private func step(counts: Bool) throws {
    do {
      try requests.fileHandleForWriting.write(contentsOf: Data("step\n".utf8))
    } catch {
      throw ended()
    }
    let line = try readLine()
    guard let answer = try? JSONDecoder().decode(Answer.self, from: line), answer.isPossible else {
      throw BenchError.answer(name, String(decoding: line.prefix(200), as: UTF8.self))
    }
    if counts { answers.append(answer) }
  }

  /// Ends the process and waits for it.
  func end() {
    try? requests.fileHandleForWriting.close()
    guard process.isRunning else { return }
    process.terminate()
    process.waitUntilExit()
  }

  private func readLine() throws -> Data {
    while true {
      if let newline = unread.firstIndex(of: UInt8(ascii: "\n")) {
        defer { unread = Data(unread[unread.index(after: newline)...]) }
        return unread[..<newline]
      }
      let more = replies.fileHandleForReading.availableData
      guard !more.isEmpty else { throw ended() }
      unread += more
    }
  }

  private func ended() -> BenchError {
    process.waitUntilExit()
    return .ended(name, status: process.terminationStatus, remedy: remedy)
  }
}

/// Why a benchmark cannot be made.
enum BenchError: Error, Equatable, CustomStringConvertible {
  case noPeers(String)
  case cannotStart(String, reason: String)
  case ended(String, status: Int32, remedy: String)
  case noTorch(reason: String)
  case answer(String, String)

  var description: String {
    switch self {
    case .noPeers(let path):
      "there is no \(path): give --peers, the folder Benchmarks/peers of a checkout"
    case .cannotStart(let name, let reason): "\(name) does not start (\(reason)): install python3"
    case .ended(let name, let status, let remedy):
      "\(name) ended with status \(status) in the place of a step (its words stand above): \(remedy)"
    case .noTorch(let reason):
      "python3 cannot import torch (\(reason)): install both, or drop --peer"
    case .answer(let name, let text):
      "\(name) answered '\(text)' in the place of a step's seconds: mend it, or drop --peer"
    }
  }
}
