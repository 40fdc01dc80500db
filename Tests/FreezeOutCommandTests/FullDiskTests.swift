import Foundation
import Testing

@testable import FreezeOutCommand

/// Disks that take no more: `docs/runs.md` has a row for each.
struct FullDiskTests {
  struct Case: CustomTestStringConvertible {
    var testDescription: String
    /// Which call finds no room, and all after it.
    var faults: [String: String]
    var file: String
    /// How many iterations are kept then; nil for no state.
    var kept: Int?
  }

  /// Partial files are written in this order: the first state, `run.json`, the file for TensorBoard, the states after 5,
  /// 8, 13 and 16 iterations, the weights, and `run.json` with the result.
  private static func partial(_ number: Int) -> [String: String] {
    ["CALL": "write", "PATH": ".partial", "NUMBER": "\(number)"]
  }

  static let cases = [
    Case(
      testDescription: "the first state",
      faults: partial(1),
      file: "checkpoint.safetensors",
      kept: nil
    ),
    Case(testDescription: "run.json", faults: partial(2), file: "run.json", kept: 0),
    Case(
      testDescription: "the log's beginning",
      faults: ["CALL": "rename", "PATH": "cut/metrics.jsonl", "NUMBER": "1"],
      file: "metrics.jsonl",
      kept: 0
    ),
    Case(
      testDescription: "a line of the log",
      faults: ["CALL": "write", "PATH": "cut/metrics.jsonl", "NUMBER": "4"],
      file: "metrics.jsonl",
      kept: 5
    ),
    Case(
      testDescription: "a line of the log on its way to the disk",
      faults: ["CALL": "fsync", "PATH": "cut/metrics.jsonl", "NUMBER": "1"],
      file: "metrics.jsonl",
      kept: 0
    ),
    Case(
      testDescription: "the file for TensorBoard",
      faults: partial(3),
      file: "events.out.tfevents.",
      kept: 0
    ),
    Case(
      testDescription: "a later part of the file for TensorBoard",
      faults: ["CALL": "write", "PATH": "tfevents", "NUMBER": "3"],
      file: "events.out.tfevents.",
      kept: 0
    ),
    Case(
      testDescription: "a state within an epoch",
      faults: partial(4),
      file: "checkpoint.safetensors",
      kept: 0
    ),
    Case(
      testDescription: "a state's new name",
      faults: ["CALL": "rename", "PATH": "cut/checkpoint.safetensors", "NUMBER": "3"],
      file: "checkpoint.safetensors",
      kept: 5
    ),
    Case(
      testDescription: "the last state",
      faults: partial(7),
      file: "checkpoint.safetensors",
      kept: 13
    ),
    Case(testDescription: "the weights", faults: partial(8), file: "weights.safetensors", kept: 16),
    Case(testDescription: "the result", faults: partial(9), file: "run.json", kept: 16),
  ]

  @Test(
    .enabled(if: Faults.library != nil, "no library of faults can be made here"),
    arguments: cases
  )
  func `a full disk ends a run with one line, and with room again it goes on exactly`(
    fault: Case
  ) throws {
    let disturbed = try DisturbedRun()
    // ENOSPC on Linux.
    let full = try disturbed.run(faults: fault.faults.merging(["ERRNO": "28"]) { $1 })
    #expect(full.status == 74 && full.isOneLine, "\(full.errors)")
    #expect(
      full.errors.contains("cut/\(fault.file)")
        && full.errors.contains(
          " cannot be written (no space left on device): make room or give another place"
        ),
      "\(full.errors)"
    )
    guard let kept = fault.kept else {
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: disturbed.folder.file("cut").path) == []
      )
      try disturbed.expectGoesOn([])
      return
    }
    #expect(
      full.errors.hasSuffix(
        "; the last good checkpoint, after \(kept) iterations, is in cut: the same command goes on from "
          + "there, for train with --resume\n"
      ),
      "\(full.errors)"
    )
    #expect(try disturbed.keptIteration == kept)
    let again = try disturbed.run()
    #expect(again.status == 73 && again.errors.contains("continue it with --resume"))
    try disturbed.expectGoesOn()
  }

  @Test
  func `a limit of the size of files ends a run as a full disk does`() throws {
    let disturbed = try DisturbedRun()
    // In blocks of 512 bytes: the first state has no momenta yet, and is smaller than those after it.
    let limited = try disturbed.run(shell: "ulimit -f 36; exec \"$@\"")
    #expect(limited.status == 74 && limited.isOneLine && !limited.wasKilled, "\(limited.errors)")
    #expect(
      limited.errors.contains("cut/checkpoint.safetensors cannot be written (file too large)")
    )
    try disturbed.expectGoesOn()
  }

  @Test(.enabled(if: canMount, "no file system can be mounted here"))
  func `on a small file system that fills up a run ends, and when it has grown it goes on exactly`()
    throws
  {
    let disturbed = try DisturbedRun()
    let script = """
      mkdir cut && mount -t tmpfs -o size=64k none cut || exit 1
      "$@"; echo "status $?"
      mount -o remount,size=1m cut
      "$@" --resume; status=$?
      mkdir kept && cp cut/* kept && umount cut && mv kept/* cut; exit $status
      """
    let quoted = script.replacingOccurrences(of: "'", with: "'\\''")
    let outcome = try disturbed.run(shell: "exec unshare -rm sh -c '\(quoted)' sh \"$@\"")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.lines.contains("status 74"), "\(outcome.output)")
    #expect(outcome.errors.contains("cannot be written (no space left on device)"))
    try disturbed.expectSameEnd()
  }

  @Test
  func `what is printed and finds no room ends no run, and is an error where it is all there is`()
    throws
  {
    let disturbed = try DisturbedRun()
    #expect(try disturbed.run(shell: "exec \"$@\" >/dev/full").status == 0)
    try disturbed.expectSameEnd()
    let plan = try Program.run(
      ["plan"] + tinyOptions(),
      in: disturbed.folder,
      shell: "exec \"$@\" >/dev/full"
    )
    #expect(plan.status == 74 && plan.isOneLine, "\(plan.errors)")
    #expect(plan.errors.contains("the result cannot be written (No space left on device)"))
  }

  @Test(arguments: [">&-", "2>&-", "| head -1 >/dev/null"])
  func `a stream that is closed ends no run`(redirection: String) throws {
    let disturbed = try DisturbedRun()
    _ = try disturbed.run(shell: "\"$@\" \(redirection)")
    try disturbed.expectSameEnd(redirection)
  }
}
