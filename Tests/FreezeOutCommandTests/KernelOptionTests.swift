import Foundation
import Models
import Testing
import Training

@testable import FreezeOutCommand

struct KernelOptionTests {
  private static let network = Architecture.denseNet(DenseNet(growthRate: 4, depth: 10))
  /// What this machine takes by itself.
  private static let best = Kernels.automatic(for: network, on: .cpu)

  private func machine(device: String = "cpu", kernels: String?) -> MachineDescription {
    MachineDescription(
      freezeout: "0.1.0",
      libtorch: "2.13.0",
      device: device,
      threads: 1,
      kernels: kernels,
      processorCount: 1,
      memoryBytes: 1,
      operatingSystem: "a system",
      host: "a host"
    )
  }

  // MARK: - What is asked for

  @Test
  func `the option says what layers are computed with, and auto is what is said by default`() throws
  {
    func kernels(_ arguments: [String]) throws -> Kernels {
      try TrainCommand.parse(arguments).options.kernels.choice(for: Self.network, on: .cpu)
    }
    #expect(try kernels([]) == Self.best && kernels(["--kernels", "auto"]) == Self.best)
    #expect(try kernels(["--kernels", "fused"]) == Self.best)
    #expect(try kernels(["--kernels", "libtorch"]) == .libtorch)
    #expect("\(try kernels(["--kernels", "fused:portable"]))" == "fused:portable")
  }

  struct Resumed: Sendable {
    var arguments: [String]
    var device = "cpu"
    var kernels: String?
    /// The kernels' name; nil for what is taken by itself.
    var expected: String?
  }

  @Test(arguments: [
    // A run of before there was a choice.
    Resumed(arguments: [], kernels: nil, expected: "libtorch"),
    Resumed(arguments: [], kernels: "libtorch", expected: "libtorch"),
    Resumed(arguments: [], kernels: "fused:portable", expected: "fused:portable"),
    Resumed(arguments: ["--kernels", "libtorch"], kernels: "fused:portable", expected: "libtorch"),
    Resumed(arguments: ["--kernels", "auto"], kernels: "libtorch", expected: nil),
    // On another device the run's kernels need not be there.
    Resumed(arguments: [], device: "cuda:0", kernels: "libtorch", expected: nil),
    // What is given counts, whatever the description says.
    Resumed(arguments: ["--kernels", "libtorch"], kernels: "none", expected: "libtorch"),
  ])
  func `a run goes on with its own kernels unless others are given`(resumed: Resumed) throws {
    let kernels = try TrainCommand.parse(resumed.arguments).options.kernels.choice(
      for: Self.network,
      on: .cpu,
      resuming: machine(device: resumed.device, kernels: resumed.kernels)
    )
    #expect("\(kernels)" == resumed.expected ?? "\(Self.best)")
  }

  @Test
  func `kernels that a description names and there are not are an error`() throws {
    let options = try TrainCommand.parse([]).options.kernels
    let error = #expect(throws: KernelsError.self) {
      try options.choice(for: Self.network, on: .cpu, resuming: machine(kernels: "none"))
    }
    #expect(error == .unknownName("none"))
    #expect(error.map { ExitStatus($0) } == .usage)
  }

  // MARK: - What is refused

  @Test(arguments: [
    ["train"], ["plan"], ["compare"], ["sweep"], ["evaluate", "w"], ["verify", "d"], ["bench"],
  ])
  func `another word is refused before anything is done`(command: [String]) throws {
    let folder = try TemporaryFolder()
    for word in ["quick", "", "fused:neon"] {
      let outcome = try Program.run(command + ["--kernels", word], in: folder)
      #expect(outcome.status == 64 && outcome.output == "")
      let sentence =
        "The value '\(word)' is invalid for '--kernels <kernels>': use auto, libtorch, fused, "
        + "fused:portable, fused:avx2 or fused:avx512"
      #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    }
    #expect(folder.listing == [])
  }

  // MARK: - What is kept

  private func description(_ folder: TemporaryFolder) throws -> RunDescription {
    try #require(RunFolder(url: folder.file("run")).readDescription())
  }

  /// A run without dropout, for which there are fused kernels.
  private func run(_ kernels: String) throws -> [String] {
    try tinyRun() + ["--dropout", "0", "--kernels", kernels, "--output", "run"]
  }

  @Test
  func `a run keeps its kernels in its description and goes on with them`() throws {
    let folder = try TemporaryFolder()
    #expect(try Program.run(run("fused:portable"), in: folder).status == 0)
    let first = try description(folder)
    #expect(first.machine.kernels == "fused:portable")
    #expect(first.kernels?.hasPrefix("fused:portable") == true)
    let weights = try folder.contents("run/weights.safetensors")
    let again = try Program.run(["train", "--resume", "--output", "run"], in: folder)
    #expect(again.status == 0 && !again.output.contains("kernels"), "\(again.output)")
    #expect(try description(folder).machine.kernels == "fused:portable")
    #expect(try folder.contents("run/weights.safetensors") == weights)
    let other = try Program.run(
      ["train", "--resume", "--output", "run", "--kernels", "libtorch"],
      in: folder
    )
    #expect(other.status == 0, "\(other.errors)")
    #expect(
      other.output.contains(
        "note: the run was begun with the kernels fused:portable and goes on with libtorch, which "
          + "round otherwise"
      ),
      "\(other.output)"
    )
    #expect(try description(folder).machine.kernels == "libtorch")
    let measured = try ["libtorch", "fused:portable"].map { kernels in
      try Program.run(["evaluate", "run/weights.safetensors", "--kernels", kernels], in: folder)
    }
    #expect(measured.map(\.status) == [0, 0], "\(measured.map(\.errors))")
  }

  @Test
  func `a run of before there was a choice goes on with libtorch, and is reported`() throws {
    let folder = try TemporaryFolder()
    #expect(try Program.run(run("libtorch"), in: folder).status == 0)
    let file = folder.file("run/run.json")
    var json = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    )
    var machine = try #require(json["machine"] as? [String: Any])
    #expect(machine.removeValue(forKey: "kernels") as? String == "libtorch")
    json["machine"] = machine
    #expect(json.removeValue(forKey: "kernels") as? String == "libtorch")
    try JSONSerialization.data(withJSONObject: json).write(to: file)
    #expect(try description(folder).machine.kernels == nil && description(folder).kernels == nil)
    let report = try Program.run(["report", "run", "--output", "page.html"], in: folder)
    #expect(report.status == 0, "\(report.errors)")
    let page = try folder.text("page.html")
    #expect(page.contains(" 1 threads, device cpu") && page.contains("--kernels libtorch"))
    let resumed = try Program.run(["train", "--resume", "--output", "run"], in: folder)
    #expect(resumed.status == 0 && !resumed.output.contains("note: the run was begun with"))
    #expect(try description(folder).machine.kernels == "libtorch")
  }

  @Test
  func `a comparison keeps to its kernels`() throws {
    let folder = try TemporaryFolder()
    let arguments =
      try ["compare"] + tinyOptions(epochs: 1, validate: "test")
      + ["--dropout", "0", "--seeds", "1", "--output", "cmp"]
    let fused = arguments + ["--kernels", "fused:portable"]
    #expect(try Program.run(fused, in: folder).status == 0)
    let others = try Program.run(arguments + ["--kernels", "libtorch"], in: folder)
    #expect(others.status == 64)
    #expect(
      others.errors.contains("kernels fused:portable there, libtorch here"),
      "\(others.errors)"
    )
    // Without the option it is the same command.
    let same = try Program.run(arguments, in: folder)
    #expect(same.status == 0, "\(same.errors)")
    for arm in ["baseline", "freezeout"] {
      let run = RunFolder(url: folder.file("cmp/seed-0/\(arm)"))
      #expect(try #require(run.readDescription()).machine.kernels == "fused:portable")
    }
  }

  @Test
  func `every process of a sweep computes with the sweep's kernels`() throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(
      ["sweep"] + tinyRecipe(epochs: 1, validate: "test")
        + [
          "--dropout", "0", "--seeds", "1", "--t0", "0.5", "--how-scale", "linear", "--jobs", "2",
          "--no-report", "--output", "sweep", "--kernels", "fused:portable",
        ],
      in: folder
    )
    #expect(outcome.status == 0, "\(outcome.errors)")
    let runs = folder.listing.filter { $0.hasSuffix("/run.json") }
    #expect(runs.count == 2, "\(folder.listing)")
    for run in runs {
      let run = RunFolder(url: folder.file(run).deletingLastPathComponent())
      #expect(try #require(run.readDescription()).machine.kernels == "fused:portable")
    }
  }
}
