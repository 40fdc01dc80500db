import Foundation
import Testing
import Training

@testable import FreezeOutCommand

struct BenchRunTests {
  private static let network = [
    "bench", "-L", "10", "-k", "4", "--batch-size", "2", "--threads", "1", "--warm-up", "1",
    "--rounds", "3",
  ]

  private struct Report: Decodable {
    struct Spread: Decodable {
      var median: Double
      var low: Double
      var high: Double
    }
    struct Row: Decodable {
      var side: String
      var kernels: String?
      var compileSeconds: Double?
      var frozenCount: Int
      var isPrefixAlone: Bool
      var seconds: Spread
      var forward: Double?
      var backward: Double?
      var batch: Double?
      var peakBytes: Int
      var trainingBytes: Int
      var ratio: Double?
      var pairedRatio: Double?
    }
    var rows: [Row]
    var precision: String?
  }

  /// A peer that is no PyTorch: it answers what it is told to, and notes who was asked when.
  private func peers(_ folder: TemporaryFolder, _ body: String) throws {
    try FileManager.default.createDirectory(
      at: folder.file("peers"),
      withIntermediateDirectories: true
    )
    let program = """
      import json, os, sys
      name = sys.argv[sys.argv.index("--layout") + 1]
      for line in sys.stdin:
        with open("asked", "a") as file: file.write(name + "\\n")
      \(body)
      """
    try Data(program.utf8).write(to: folder.file("peers/step.py"))
  }

  private static let answer = """
      print(json.dumps({"seconds": 2.0, "forward": 1, "backward": 0.75, "optimizer": 0.25,
                        "peak_bytes": 3000000, "start_bytes": 1000000}), flush=True)
    """

  @Test
  func `every number of frozen layers is timed, and the frozen layers alone`() throws {
    let outcome = try Program.run(Self.network + ["--json"], in: TemporaryFolder())
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    #expect(report.rows.map(\.frozenCount) == [0, 1, 1, 3, 3, 4, 4, 4])
    #expect(report.rows.map(\.isPrefixAlone) == Array(repeating: false, count: 7) + [true])
    let kept = "freezeout, features kept"
    #expect(
      report.rows.map { $0.side == kept } == [false, false, true, false, true, false, true, false]
    )
    for row in report.rows {
      #expect(row.seconds.low > 0 && row.seconds.low <= row.seconds.median)
      #expect(row.seconds.median <= row.seconds.high)
      #expect(row.peakBytes > row.trainingBytes && row.trainingBytes >= 0)
      #expect(((row.backward ?? 0) > 0) == !row.isPrefixAlone)
      #expect((row.batch != nil) == (row.side == "freezeout" && !row.isPrefixAlone))
      #expect((row.ratio == nil) == (row.side == "freezeout"))
    }
  }

  @Test
  func `peers take steps in turn with ours, and ratios are ours by theirs`() throws {
    let folder = try TemporaryFolder()
    try peers(folder, Self.answer)
    let outcome = try Program.run(
      Self.network + ["--json", "--peer", "--peers", "peers", "--frozen", "0"],
      in: folder
    )
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    #expect(
      report.rows.map(\.side) == [
        "freezeout", "PyTorch baseline, nchw", "PyTorch baseline, channels_last",
      ]
    )
    for row in report.rows.dropFirst() {
      #expect(row.seconds.median == 2 && row.trainingBytes == 2_000_000)
      let ratio = report.rows[0].seconds.median / 2
      #expect(abs((row.ratio ?? 0) - ratio) < 1e-9 && abs((row.pairedRatio ?? 0) - ratio) < 1e-9)
    }
    // Four rounds, the order turned in every other one; a turn is two steps.
    let asked = try folder.lines("asked")
    let (one, two) = ("nchw", "channels_last")
    let turns = [one, two, two, one, one, two, two, one]
    #expect(asked == turns.flatMap { [$0, $0] })
  }

  @Test
  func
    `our steps with several kernels are sides of their own, the first the one that is compared with`()
    throws
  {
    let outcome = try Program.run(
      Self.network
        + ["--json", "--frozen", "1", "--kernels", "libtorch,fused:portable,libtorch"],
      in: TemporaryFolder()
    )
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    let (one, two) = ("freezeout libtorch", "freezeout fused:portable")
    #expect(report.rows.map(\.side) == [one, two, "\(one), features kept", one, two])
    let areFused = report.rows.map { $0.kernels?.hasPrefix("fused:portable") }
    #expect(areFused == [false, true, false, false, true])
    #expect(report.rows.map { $0.ratio == nil } == [true, false, false, true, false])
  }

  @Test
  func `a compiled peer takes steps too, and what compiling took is told apart`() throws {
    let folder = try TemporaryFolder()
    try peers(
      folder,
      """
        answer = {"seconds": 2.0, "forward": 1, "backward": 0.75, "optimizer": 0.25,
                  "peak_bytes": 3000000, "start_bytes": 1000000}
        if "--compile" in sys.argv: answer["compile_seconds"] = 7.25
        print(json.dumps(answer), flush=True)
      """
    )
    let arguments =
      Self.network + ["--peer", "--peers", "peers", "--frozen", "1", "--peer-compile"]
    let outcome = try Program.run(arguments + ["--json"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    let compiled = "PyTorch compiled, published, channels_last"
    let rows = report.rows.filter { $0.side == compiled }
    #expect(rows.map(\.isPrefixAlone) == [false, true])
    #expect(report.rows.count == 11)
    for row in report.rows {
      #expect(row.compileSeconds == (row.side == compiled ? 7.25 : nil))
    }
    let text = try Program.run(arguments, in: folder)
    let lines = text.lines.filter { $0.hasPrefix(compiled) && $0.contains("compiled in") }
    #expect(
      lines == Array(repeating: "\(compiled): compiled in 7.2 s, which no step counts", count: 2)
    )
  }

  @Test
  func `where nothing can be compiled the other peers take their steps`() throws {
    let folder = try TemporaryFolder()
    try peers(folder, Self.answer)
    // A Python that has PyTorch and no compiler: the peers of this checkout are those of the test.
    let python = """
      #!/bin/sh
      case "$*" in
        *--can-compile*) echo "an older word" >&2; echo "there is no C++ compiler" >&2; exit 1 ;;
        -c*) exit 0 ;;
      esac
      shift
      PATH=${PATH#*:} exec python3 peers/step.py "$@"
      """
    try FileManager.default.createDirectory(
      at: folder.file("bin"),
      withIntermediateDirectories: true
    )
    let program = folder.file("bin/python3")
    try Data(python.utf8).write(to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let outcome = try Program.run(
      Self.network + ["--json", "--peer", "--peer-compile", "--frozen", "0"],
      in: folder,
      environment: ["PATH": "\(folder.file("bin").path):\(path)"]
    )
    #expect(outcome.status == 0, "\(outcome.errors)")
    let note = "note: torch.compile is left out, it fails: there is no C++ compiler\n"
    #expect(outcome.errors.contains(note), "\(outcome.errors)")
    let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    #expect(
      report.rows.dropFirst().map(\.side) == [
        "PyTorch baseline, nchw", "PyTorch baseline, channels_last",
      ]
    )
  }

  /// What peers were started with, a line for every step.
  private func startedPeers(
    _ options: [String],
    in folder: TemporaryFolder
  ) throws -> (lines: [String], outcome: Program.Outcome) {
    let note = #"  with open("started", "a") as file: file.write(" ".join(sys.argv[1:]) + "\n")"#
    try peers(folder, note + "\n" + Self.answer)
    let outcome = try Program.run(
      Self.network + ["--peer", "--peers", "peers", "--frozen", "0"] + options,
      in: folder
    )
    #expect(outcome.status == 0, "\(outcome.errors)")
    return (try folder.lines("started"), outcome)
  }

  @Test
  func `peers multiply in the precision that ours do, and the report says so`() throws {
    let (lines, outcome) = try startedPeers(
      ["--precision", "bfloat16", "--json"],
      in: TemporaryFolder()
    )
    #expect(lines.count == 16)
    for line in lines { #expect(line.contains(" --precision bfloat16 "), "\(line)") }
    let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    #expect(report.precision == "bfloat16")
    #expect(report.rows.first?.kernels == "libtorch:bfloat16")
  }

  @Test
  func `peers are told neither float32 nor the CPU, which other programs need not know`() throws {
    let (lines, outcome) = try startedPeers(
      ["--precision", "float32", "--device", "cpu"],
      in: TemporaryFolder()
    )
    #expect(lines.count == 16)
    for line in lines {
      #expect(!line.contains("--precision") && !line.contains("--device"), "\(line)")
    }
    #expect(outcome.lines.first?.contains(", batch 2, float32; medians of 3 steps") == true)
  }

  @Test
  func `peers are told a GPU by its number`() {
    let options = PeerPrograms.options(device:precision:)
    #expect(options(.cpu, .float32) == [])
    #expect(options(.cpu, .bfloat16) == ["--precision", "bfloat16"])
    #expect(options(.cuda(0), .float32) == ["--device", "cuda:0"])
    #expect(options(.cuda(3), .tf32) == ["--device", "cuda:3", "--precision", "tf32"])
  }

  @Test(arguments: [
    ("  sys.exit(3)", 69, "PyTorch baseline, nchw ended with status 3 in the place of a step"),
    ("  print('hello', flush=True)", 65, "PyTorch baseline, nchw answered 'hello'"),
    ("  print('{\"seconds\": 0}', flush=True)", 65, "answered '{\"seconds\": 0}'"),
    (
      "  print('{\"seconds\": 1, \"forward\": -1, \"peak_bytes\": 2, \"start_bytes\": 1}', flush=True)",
      65, "in the place of a step's seconds"
    ),
  ])
  func `a peer that fails ends the benchmark with its name`(
    body: String,
    status: Int32,
    message: String
  ) throws {
    let folder = try TemporaryFolder()
    try peers(folder, body)
    let outcome = try Program.run(
      Self.network + ["--peer", "--peers", "peers", "--frozen", "0"],
      in: folder
    )
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test(arguments: [
    (["--frozen", "7"], 64, "number of frozen layers cannot be 7: use 0 to 6"),
    (["--rounds", "0"], 64, "--rounds must be 1 to 10000"),
    (["--peer", "--peers", "nowhere"], 69, "there is no"),
    (["--peers", "nowhere"], 64, "give that too"),
    (["--peer-compile"], 64, "--peer-compile adds to the programs of --peer: give that too"),
    (["--kernels", "fused,quick"], 64, "use auto, libtorch, fused, fused:portable, fused:avx2"),
    (["--kernels", "fused,"], 64, "use auto, libtorch, fused, fused:portable, fused:avx2"),
    (["--batch-size", "0"], 64, "batch size cannot be 0: use 1 to 100000"),
    (["--dropout", "0.3"], 64, "--dropout is not benchmarked"),
    (["--peer", "--device", "cuda:97"], 69, "device cuda:97 is not there"),
    (["--peer", "--precision", "tf32"], 64, "the precision tf32 is that of CUDA GPUs"),
  ])
  func `a benchmark that cannot be is refused`(
    arguments: [String],
    status: Int32,
    message: String
  ) throws {
    let outcome = try Program.run(Self.network + arguments, in: TemporaryFolder())
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test
  func `a spread is median and quartiles`() {
    let spread = BenchReport.Spread([4, 1, 3, 2])
    #expect(spread.median == 2.5 && spread.low == 1.75 && spread.high == 3.25)
    #expect(BenchReport.Spread([7]).median == 7)
  }
}
