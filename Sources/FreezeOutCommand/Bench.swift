import Foundation
import Models
import Training

/// A benchmark: for every number of frozen layers, all sides take steps in turn.
struct Bench {
  private let network: Architecture
  private let options: BenchCommand
  private let threads: Int
  private let kernels: [Kernels]
  private let peers: PeerPrograms?
  private let layerCount: Int

  /// - Throws: `TrainingError.setting` for a number of frozen layers or a batch that there is not, and
  ///   what makes the network impossible.
  init(
    network: Architecture,
    options: BenchCommand,
    threads: Int,
    kernels: [Kernels],
    peers: PeerPrograms?
  ) throws {
    self.network = network
    self.options = options
    self.threads = threads
    self.kernels = kernels
    self.peers = peers
    layerCount = try StepBenchmark.layerCount(
      of: network,
      classCount: options.classes,
      checkingBatchSize: options.batchSize,
      frozenCounts: options.frozen
    )
  }

  /// Runs it, with every table as soon as it is there, unless JSON is asked for at the end.
  ///
  /// - Throws: `BenchError`
  func run(_ ways: PeerPrograms.Ways, machine: MachineDescription) throws -> BenchReport {
    var report = BenchReport(
      network: "\(network), \(options.classes) classes",
      batchSize: options.batchSize,
      precision: options.precision.reduced,
      rounds: options.rounds,
      machine: machine,
      date: Date()
    )
    func show(_ lines: [String]) throws {
      if !options.json { try Terminal.standardOutput.result(lines.joined(separator: "\n")) }
    }
    try show(report.circumstances)
    for frozenCount in frozenCounts {
      let sides = try measure(frozenCount, ways.ofSteps(frozenCount: frozenCount), extra: [])
      report.append(sides, frozenCount: frozenCount, isPrefixAlone: false)
      try show([""] + report.lines(frozenCount: frozenCount, isPrefixAlone: false))
    }
    if let most = frozenCounts.last, most > 0 {
      let sides = try measure(most, ways.ofFrozenLayers, extra: ["--prefix"])
      report.append(sides, frozenCount: most, isPrefixAlone: true)
      try show([""] + report.lines(frozenCount: most, isPrefixAlone: true))
    }
    return report
  }

  private var frozenCounts: [Int] {
    guard options.frozen.isEmpty else { return Array(Set(options.frozen)).sorted() }
    let last = layerCount - 1
    return Array(Set([0, last / 4, last / 2, 3 * last / 4])).sorted()
  }

  /// Lets our sides and the peers take steps in turn, ours first in every other round.
  private func measure(
    _ frozenCount: Int,
    _ ways: [PeerPrograms.Way],
    extra: [String]
  ) throws -> [BenchSide] {
    let progress = ProgressLine(.standardError)
    defer { progress.clear() }
    let frozenOption = ["--frozen", "\(frozenCount)"]
    var sides: [BenchSide] = []
    defer { sides.forEach { $0.end() } }
    for kernels in kernels {
      sides.append(try ours(kernels, frozenOption + extra))
    }
    if frozenCount > 0, extra.isEmpty {
      sides.append(try ours(kernels[0], frozenOption + ["--kept"], ", features kept"))
    }
    for way in ways {
      let frozen = way.freezing == "baseline" ? [] : ["--frozen", "\(frozenCount)"]
      if let side = try peers?.start(way, arguments: arguments + frozen + extra) {
        sides.append(side)
      }
    }
    let steps = options.warmUp + options.rounds
    for round in 0..<steps {
      for side in round.isMultiple(of: 2) ? sides : sides.reversed() {
        progress.update(Double(round) / Double(steps)) { "\(frozenCount) frozen: \(side.name)" }
        try side.turn(counts: round >= options.warmUp)
      }
    }
    return sides
  }

  private func ours(
    _ kernels: Kernels,
    _ extra: [String],
    _ manner: String = ""
  ) throws -> BenchSide {
    guard let program = Bundle.main.executableURL else {
      throw BenchError.cannotStart("freezeout", reason: "its own path is unknown")
    }
    let device =
      (options.runtime.device.map { ["--device", $0] } ?? [])
      + (options.stepOptions.eagerSteps ? ["--eager-steps"] : [])
    return try BenchSide(
      name: "freezeout" + (self.kernels.count > 1 ? " \(kernels)" : "") + manner,
      program: program,
      arguments: ["bench", "--serve", "--kernels", "\(kernels)"] + arguments + device + extra,
      environment: ProcessInfo.processInfo.environment,
      remedy: "try other settings"
    )
  }

  /// The options that both sides understand.
  private var arguments: [String] {
    ["--batch-size", "\(options.batchSize)", "--classes", "\(options.classes)"]
      + ["--threads", "\(threads)", "--model", network.modelName.rawValue] + networkArguments
  }

  private var networkArguments: [String] {
    switch network {
    case .denseNet(let network):
      [
        "--growth-rate", "\(network.growthRate)", "--depth", "\(network.depth)",
        "--reduction", "\(network.reduction)",
        network.bottleneck ? "--bottleneck" : "--no-bottleneck",
      ]
    case .wideResNet(let network):
      ["--depth", "\(network.depth)", "--widen-factor", "\(network.widenFactor)"]
    case .vgg(let network): ["--configuration", network.text]
    }
  }
}
