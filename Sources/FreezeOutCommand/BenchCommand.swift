import ArgumentParser
import Foundation
import Models
import Training

/// `freezeout bench`
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time training steps with more and more layers frozen, beside PyTorch's if asked.",
    discussion: """
      Every number of frozen layers has a process of its own, so that its peak of memory is its own. \
      With --peer our own plain PyTorch programs of the same network take steps in turn with it: \
      frozen in the published way (graph built, output detached), in Composer's way (requires_grad \
      off), and not at all; all on --device and in --precision. With --peer-compile the first of these \
      also takes steps compiled by torch.compile. A turn is two steps, of which the second counts: threads \
      of the side before may still spin during the first. With features kept, as --cache-features keeps \
      them, a step reads what the frozen layers would compute. Times of the frozen layers, forward, \
      backward and optimizer make up a step; a batch is made meanwhile, on a thread of its own. On a GPU \
      ten steps go one behind the other, of which all sides read the losses, and a step is their mean, \
      without parts but for the frozen layers, which are timed apart. Run it on an idle machine.
      """
  )

  @OptionGroup(title: "Network") var model: ModelOptions
  @OptionGroup(title: "Machine") var runtime: RuntimeOptions
  @OptionGroup(title: "Machine") var stepOptions: StepOptions

  @Option(
    help: ArgumentHelp(
      "What our layers are computed with: \(KernelChoice.words). Several, as in fused,libtorch, take "
        + "steps in turn. (default: auto)",
      valueName: "kernels"
    ),
    transform: KernelChoices.init(parsing:)
  )
  var kernels: KernelChoices?

  @Option(
    help: """
      In what convolutions and affine maps multiply, on all sides: float32, tf32 (on CUDA) or bfloat16.
      """
  )
  var precision = ProductPrecision.float32

  @Option(parsing: .unconditional, help: "The number of images of a step.")
  var batchSize = 50

  @Option(parsing: .unconditional, help: "The number of classes.")
  var classes = 100

  @Option(
    parsing: .upToNextOption,
    help: "How many layers are frozen, from the first. (default: 0, 1/4, 1/2 and 3/4 of them)"
  )
  var frozen: [Int] = []

  @Option(parsing: .unconditional, help: "The number of turns, each with a step that counts.")
  var rounds = 9

  @Option(parsing: .unconditional, help: "The number of turns before them.")
  var warmUp = 2

  @Flag(
    help: """
      Let PyTorch take steps in turn, on the same device in the same precision, and print the ratios.
      """
  )
  var peer = false

  @Flag(
    help: """
      Let PyTorch compiled by torch.compile take steps too. To compile takes minutes, which no step \
      counts; where it fails, as without a C++ compiler, it is left out.
      """
  )
  var peerCompile = false

  @Option(
    help: ArgumentHelp(
      "The folder of the PyTorch programs. (default: Benchmarks/peers of this checkout)",
      valueName: "dir"
    )
  )
  var peers: String?

  @Flag(help: "Print everything as JSON.")
  var json = false

  @Flag(help: .hidden)
  var serve = false

  @Flag(help: .hidden)
  var prefix = false

  @Flag(help: .hidden)
  var kept = false

  func validate() throws {
    guard (1...10_000).contains(rounds), (0...10_000).contains(warmUp) else {
      throw ValidationError("--rounds must be 1 to 10000, --warm-up 0 to 10000.")
    }
    guard peer || peers == nil else {
      throw ValidationError("--peers says where the programs of --peer are: give that too.")
    }
    guard peer || !peerCompile else {
      throw ValidationError("--peer-compile adds to the programs of --peer: give that too.")
    }
    guard model.dropout == nil else {
      throw ValidationError("--dropout is not benchmarked: drop it.")
    }
  }

  func run() throws {
    try reportingErrors {
      let device = try runtime.apply()
      let steps = try stepOptions.steps(on: device)
      let architecture = try model.architecture(basedOn: Preset.published.architecture)
      let kernels = try kernels(for: architecture, on: device)
      if serve { return try answer(architecture, device, kernels[0], steps) }
      let peerOptions = PeerPrograms.options(device: device, precision: precision)
      let programs = try peer ? PeerPrograms(folder: peers, options: peerOptions) : nil
      let bench = try Bench(
        network: architecture,
        options: self,
        threads: Runtime.threadCount,
        kernels: kernels,
        peers: programs
      )
      let ways = try ways(programs)
      var machine = MachineDescription.current(device: device, kernels: kernels[0])
      machine.kernels = kernels.map(\.description).joined(separator: ", ")
      let report = try bench.run(ways, machine: machine)
      if json { try Terminal.standardOutput.result(report.json()) }
    }
  }

  /// What our sides compute with, each once.
  private func kernels(for architecture: Architecture, on device: Device) throws -> [Kernels] {
    var chosen: [Kernels] = []
    for choice in kernels?.values ?? [.automatic] {
      // Kernels that are named with a precision have that, beside others.
      let own: ReducedPrecision? =
        if case .given(.reduced(let reduced)) = choice { reduced } else { precision.reduced }
      let kernels = try choice.kernels(for: architecture, on: device, precision: own)
      if !chosen.contains(kernels) { chosen.append(kernels) }
    }
    return chosen
  }

  /// How the peers take steps; compiled where that is asked for and works.
  private func ways(_ programs: PeerPrograms?) throws -> PeerPrograms.Ways {
    guard let programs else { return .none }
    var ways = PeerPrograms.Ways(eager: true, compiled: peerCompile)
    // Other programs than ours may need something else.
    guard peers == nil else { return ways }
    try programs.requireTorch()
    if peerCompile, let reason = try programs.compilingFault() {
      Terminal.standardError.write("note: torch.compile is left out, it fails: \(reason)\n")
      ways.compiled = false
    }
    return ways
  }

  private func sample(_ benchmark: StepBenchmark) throws -> StepBenchmark.Sample {
    if prefix { return try benchmark.prefixPass() }
    guard kept else { return try benchmark.step() }
    return try benchmark.keptStep(
      storedAt: .scratchFile(near: FileManager.default.temporaryDirectory)
    )
  }

  /// Makes a step for every line that is read.
  private func answer(
    _ architecture: Architecture,
    _ device: Device,
    _ kernels: Kernels,
    _ steps: DeviceSteps?
  ) throws {
    // As PyTorch's programs tell it: on a GPU, its own memory alone, of which there is none before the network.
    let startBytes = device == .cpu ? ProcessMemory.peakResidentBytes : 0
    let benchmark = try StepBenchmark(
      architecture: architecture,
      classCount: classes,
      batchSize: batchSize,
      frozenCount: frozen.first ?? 0,
      device: device,
      kernels: kernels,
      steps: steps
    )
    var hasToldOfRecording = false
    while readLine() != nil {
      let sample = try sample(benchmark)
      if !hasToldOfRecording, let reason = benchmark.recordingFailure {
        hasToldOfRecording = true
        Terminal.standardError.write(
          "note: steps are made operation by operation, not recorded: \(reason)\n"
        )
      }
      let answer = BenchSide.Answer(
        seconds: sample.seconds,
        prefix: sample.prefix,
        forward: sample.forward,
        backward: sample.backward,
        optimizer: sample.optimizer,
        batch: kept || prefix ? nil : sample.batch,
        peak_bytes: try benchmark.deviceBytes ?? ProcessMemory.peakResidentBytes,
        start_bytes: startBytes,
        kernels: benchmark.kernelsDescription
      )
      try Terminal.standardOutput.result(
        String(decoding: try JSONEncoder().encode(answer), as: UTF8.self)
      )
    }
  }
}
