import Foundation
import Reports
import Training

extension SweepRuns {
  /// Makes those that are missing, several at a time, each in a process of its own, whose words go to a
  /// file beside its folder.
  ///
  /// - Throws: `InterruptedSweep` after a signal, when all have kept their state; `FailedProcess` for what
  ///   would stop the others as well; what is wrong with a run that is there.
  func severalAtATime() throws -> Outcome {
    var outcome = Outcome()
    var waiting: [Int] = []
    for index in runs.indices {
      if let known = try result(of: runs[index]) {
        outcome.results.append(known)
      } else {
        waiting.append(index)
      }
    }
    output.write("\n\(waiting.count) of \(runs.count) runs to make, \(jobs) at a time\n")
    try Interruption.watched {
      var working: [RunProcess] = []
      // However this ends, no process is left behind, and none without having kept its state.
      defer {
        for process in working { process.end(by: SIGTERM) }
        for process in working { process.waitUntilExit() }
      }
      while !waiting.isEmpty || !working.isEmpty {
        try endIfAsked(&working)
        while working.count < jobs, !waiting.isEmpty {
          working.append(try start(waiting.removeFirst()))
        }
        usleep(50_000)
        let done = working.filter { !$0.isRunning }
        working.removeAll { process in done.contains { $0 === process } }
        for process in done { try add(process, to: &outcome) }
      }
    }
    return outcome
  }

  private func start(_ index: Int) throws -> RunProcess {
    let run = runs[index]
    let process = try RunProcess(index, arguments: ["--only", run.name], log: log(run))
    output.write("\(heading(index)): begins, in process \(process.identifier)\n")
    return process
  }

  /// What a run's process says, a file beside the run's folder.
  private func log(_ run: Run) -> URL {
    folder.url.appendingPathComponent("\(run.name).log")
  }

  private func add(_ process: RunProcess, to outcome: inout Outcome) throws {
    let run = runs[process.index]
    if process.status == 0, let result = try result(of: run) {
      let took = "error \(result.errorPercent.fixed(2)) %, \(result.trainSeconds.asDuration)"
      output.write("\(heading(process.index)): \(took)\n")
      outcome.results.append(result)
      return
    }
    let words = process.lastWords ?? "it ended with status \(process.status)"
    output.write("\(heading(process.index)): \(words)\n")
    // A run that diverged says nothing about the others; a full disk does.
    guard process.status == SweepCommand.divergedStatus else {
      let status = process.status == 0 ? ExitStatus.failure.rawValue : process.status
      throw FailedProcess(title: run.title, words: words, exitStatus: status)
    }
    outcome.failures.append(run.title)
  }

  /// Lets all runs keep their state and end, where a signal asked for it.
  private func endIfAsked(_ working: inout [RunProcess]) throws {
    guard let signal = Interruption.signal else { return }
    for process in working { process.end(by: signal) }
    for process in working { process.waitUntilExit() }
    working = []
    throw InterruptedSweep(signal: signal, folder: folder.url.relativePath)
  }
}

/// A process that makes one run of a sweep.
private final class RunProcess {
  /// Which run it makes.
  let index: Int
  private let process = Process()
  private let log: URL
  /// Where what this process says begins in it, behind what earlier ones said.
  private let logStart: UInt64
  /// Closed by the system when this process ends, however it does: the other one then ends too.
  private let lifeline = Pipe()

  init(_ index: Int, arguments: [String], log: URL) throws {
    self.index = index
    self.log = log
    do {
      try FileManager.default.createDirectory(
        at: log.deletingLastPathComponent(),
        withIntermediateDirectories: true
      )
      if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
      let words = try FileHandle(forWritingTo: log)
      logStart = try words.seekToEnd()
      process.executableURL = Bundle.main.executableURL
      process.arguments = Array(CommandLine.arguments.dropFirst()) + arguments
      process.standardInput = lifeline
      process.standardOutput = words
      process.standardError = words
      try process.run()
    } catch {
      throw RunFolderError.cannotWrite(log.path, reason: error.systemReason)
    }
  }

  var identifier: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }

  /// What a shell makes of its end.
  var status: Int32 {
    process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
  }

  /// Asks it to end. What the terminal sends, it has already where it belongs to this one's group, and
  /// a second time would not let it keep its state.
  func end(by signal: Int32) {
    let hasIt = [SIGINT, SIGHUP].contains(signal) && getpgid(identifier) == getpgrp()
    if process.isRunning, !hasIt { kill(identifier, signal) }
  }

  func waitUntilExit() {
    process.waitUntilExit()
  }

  /// The reason that it gave for its end; nil for none.
  var lastWords: String? {
    guard let handle = try? FileHandle(forReadingFrom: log) else { return nil }
    defer { try? handle.close() }
    guard (try? handle.seek(toOffset: logStart)) != nil, let said = try? handle.readToEnd() else {
      return nil
    }
    let prefix = "freezeout: "
    let lines = String(decoding: said, as: UTF8.self).split(separator: "\n")
    return lines.last { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }
}

/// A run's process that failed for a reason that the other runs would fail for too.
struct FailedProcess: ErrorWithStatus, CustomStringConvertible {
  let title: String
  let words: String
  /// What its process ended with.
  let exitStatus: Int32

  var description: String { "\(title): \(words)" }
}

/// A sweep that ended because a signal asked for it, with the state of its runs kept.
struct InterruptedSweep: ErrorWithStatus, CustomStringConvertible {
  let signal: Int32
  let folder: String

  var description: String {
    "stopped; what was done is kept in \(folder): the same command goes on from there"
  }

  /// What a shell makes of a program that a signal ended.
  var exitStatus: Int32 { 128 + signal }
}

extension SweepCommand {
  /// What a process ends with that makes one run of a sweep, where that run diverged.
  static let divergedStatus: Int32 = 3

  /// Ends this process when the one that started it and holds the pipe to it ends, however that does.
  static func endWithParent() {
    var status = stat()
    guard fstat(STDIN_FILENO, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return }
    Interruption.isHasty = false
    Thread.detachNewThread {
      // Nothing ever comes but the end.
      _ = try? FileHandle.standardInput.readToEnd()
      kill(getpid(), SIGTERM)
    }
  }
}
