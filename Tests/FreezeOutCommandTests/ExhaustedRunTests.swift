import Foundation
import Testing

@testable import FreezeOutCommand

/// Runs that lack memory, and caches of features that lack room.
struct ExhaustedRunTests {
  #if os(Linux)
    /// The most address space that the program ever had in a run of a few images, in KiB; what it needs
    /// before any batch, and more with a libtorch for GPUs.
    private func addressSpace() throws -> Int {
      let folder = try TemporaryFolder()
      let running = try Program.start(tinyRun(epochs: 30), in: folder)
      let status = "/proc/\(running.process.processIdentifier)/status"
      var most = 0
      while running.process.isRunning {
        let lines = (try? String(contentsOfFile: status, encoding: .utf8))?.split(separator: "\n")
        let peak = lines?.first { $0.hasPrefix("VmPeak:") }?.filter(\.isNumber)
        most = max(most, peak.flatMap { Int($0) } ?? 0)
        usleep(1_000)
      }
      #expect(try running.wait().status == 0)
      return most
    }

    @Test
    func
      `a batch for which there is no memory ends a run with one line, and a resumed run has its state`()
      throws
    {
      // The machine has room for it; its first layer's output alone takes 32 MB.
      let disturbed = try DisturbedRun(
        tinyRun(epochs: 1) + ["--max-train-images", "1000", "--batch-size", "1000"]
      )
      let limit = try addressSpace() + 100_000
      let ended = try disturbed.run(shell: "ulimit -v \(limit); exec \"$@\"")
      #expect(ended.status == 1 && ended.isOneLine && !ended.wasKilled, "\(ended.errors)")
      #expect(
        ended.errors.hasPrefix("freezeout: there is not enough memory for "),
        "\(ended.errors)"
      )
      #expect(
        ended.errors.hasSuffix(
          ": use a smaller batch or network, or free memory; the last good checkpoint, after 0 iterations, "
            + "is in cut: the same command goes on from there, for train with --resume\n"
        )
      )
      try disturbed.expectGoesOn()
    }
  #endif

  /// What is measured before the run makes a store first, of 160 slots with two calls each.
  @Test(
    .enabled(if: Faults.library != nil, "no library of faults can be made here"),
    arguments: [
      (
        ["CALL": "posix_fallocate", "PATH": ".cache", "NUMBER": "1"],
        "make room, or lower its budget"
      ),
      (
        ["CALL": "posix_fallocate", "PATH": ".cache", "NUMBER": "2"],
        "make room, or lower its budget"
      ),
      (
        ["CALL": "pwrite", "PATH": ".cache", "NUMBER": "200"],
        "was given up (No space left on device)"
      ),
    ]
  )
  func `a full disk ends no run that keeps features, which says so and ends as without`(
    faults: [String: String],
    message: String
  ) throws {
    let keeping = try DisturbedRun(
      tinyRun(epochs: 10, measures: true) + ["--views", "1", "--cache-features", "--t0", "0.3"]
    )
    let outcome = try keeping.run(faults: faults.merging(["ERRNO": "28"]) { $1 })
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect((outcome.errors + outcome.output).contains("note: "), "\(outcome.output)")
    #expect((outcome.errors + outcome.output).contains(message), "\(outcome.output)")
    try keeping.expectSameEnd()
  }
}
