import Foundation
import Reports
import Training

/// What `freezeout bench` prints.
struct BenchReport: Encodable {
  /// The middle of some durations, and how they spread, in seconds.
  struct Spread: Encodable, Equatable {
    var median: Double
    /// The quartiles.
    var low: Double
    var high: Double

    init(_ values: [Double]) {
      let sorted = values.sorted()
      func quantile(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let place = share * Double(sorted.count - 1)
        let (low, high) = (Int(place.rounded(.down)), Int(place.rounded(.up)))
        return sorted[low] + (place - place.rounded(.down)) * (sorted[high] - sorted[low])
      }
      median = quantile(0.5)
      low = quantile(0.25)
      high = quantile(0.75)
    }
  }

  /// One side with so many layers frozen.
  struct Row: Encodable {
    var side: String
    /// What its layers are computed with; nil for a side that is not ours.
    var kernels: String?
    var frozenCount: Int
    var isPrefixAlone: Bool
    var seconds: Spread
    var imagesPerSecond: Double
    /// The parts of a step, in seconds; nil where a side does not tell them apart.
    var prefix: Double?
    var forward: Double?
    var backward: Double?
    var optimizer: Double?
    var batch: Double?
    /// What it took to compile the network, which is in no step; nil where it was not.
    var compileSeconds: Double?
    var peakBytes: Int
    /// The part of the peak that was added by network and training.
    var trainingBytes: Int
    /// The median of our steps by the median of this side's; nil for our own row.
    var ratio: Double?
    /// The median of the ratios of steps that followed each other.
    var pairedRatio: Double?
  }

  var network: String
  var batchSize: Int
  /// In what convolutions and affine maps multiply; nil for float32, but for kernels that are named with another.
  var precision: ReducedPrecision?
  var rounds: Int
  var machine: MachineDescription
  var date: Date
  var rows: [Row] = []

  /// Adds the sides of one comparison, ours first.
  mutating func append(_ sides: [BenchSide], frozenCount: Int, isPrefixAlone: Bool) {
    let ours = sides.first.map { $0.answers.map(\.seconds) } ?? []
    for (index, side) in sides.enumerated() {
      let seconds = side.answers.map(\.seconds)
      func median(_ part: (BenchSide.Answer) -> Double?) -> Double? {
        let known = side.answers.compactMap(part)
        return known.isEmpty ? nil : Spread(known).median
      }
      let spread = Spread(seconds)
      rows.append(
        Row(
          side: side.name,
          kernels: side.answers.first?.kernels,
          frozenCount: frozenCount,
          isPrefixAlone: isPrefixAlone,
          seconds: spread,
          imagesPerSecond: Double(batchSize) / spread.median,
          prefix: median(\.prefix),
          forward: median(\.forward),
          backward: median(\.backward),
          optimizer: median(\.optimizer),
          batch: median(\.batch),
          compileSeconds: side.answers.first?.compile_seconds,
          peakBytes: side.answers.map(\.peak_bytes).max() ?? 0,
          trainingBytes: side.answers.map { $0.peak_bytes - $0.start_bytes }.max() ?? 0,
          ratio: index == 0 ? nil : Spread(ours).median / spread.median,
          pairedRatio: index == 0 ? nil : Spread(zip(ours, seconds).map { $0 / $1 }).median
        )
      )
    }
  }

  private var precisionWords: String {
    guard precision == nil else { return precision.map { "\($0)" } ?? "" }
    let areMixed = ReducedPrecision.allCases.contains { machine.kernelsName.contains(":\($0)") }
    return areMixed ? "float32 but where the kernels say it" : "float32"
  }

  /// What the numbers depend on.
  var circumstances: [String] {
    [
      "\(network), batch \(batchSize), \(precisionWords); medians of \(rounds) steps, middle half in "
        + "brackets",
      "\(machine.processor ?? "unknown processor"), \(machine.processorCount) cores, "
        + "\(machine.threads) threads, kernels \(machine.kernelsName); \(machine.device); "
        + machine.operatingSystem,
      "freezeout \(machine.freezeout), commit \(machine.commit ?? "unknown"), libtorch "
        + "\(machine.libtorch), \(date.ISO8601Format())",
    ]
  }

  /// The rows of one comparison.
  func lines(frozenCount: Int, isPrefixAlone: Bool) -> [String] {
    var table = TextTable([
      (isPrefixAlone ? "\(frozenCount) frozen, forward alone" : "\(frozenCount) frozen", .left),
      ("ms", .right), ("", .left), ("images/s", .right), ("frozen", .right), ("forward", .right),
      ("backward", .right), ("optimizer", .right), ("peak MB", .right), ("training MB", .right),
      ("ours by it", .right),
    ])
    func milliseconds(_ seconds: Double) -> String { (seconds * 1e3).fixed(1) }
    func part(_ seconds: Double?) -> String { seconds.map(milliseconds) ?? "" }
    let rows = rows.filter {
      $0.frozenCount == frozenCount && $0.isPrefixAlone == isPrefixAlone
    }
    for row in rows {
      table.append([
        row.side, milliseconds(row.seconds.median),
        "[\(milliseconds(row.seconds.low))...\(milliseconds(row.seconds.high))]",
        row.imagesPerSecond.fixed(0), part(row.prefix), part(row.forward), part(row.backward),
        part(row.optimizer),
        (row.peakBytes / 1_000_000).grouped, (row.trainingBytes / 1_000_000).grouped,
        row.ratio?.fixed(3) ?? "",
      ])
    }
    let compiled = rows.compactMap { row in
      row.compileSeconds.map { "\(row.side): compiled in \($0.fixed(1)) s, which no step counts" }
    }
    return table.lines + compiled
  }

  /// Everything as an object.
  ///
  /// - Throws: `EncodingError` for a number that JSON has no word for.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
