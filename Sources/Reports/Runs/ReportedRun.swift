import Foundation
import FreezeOut
import Training

/// A run as a report sees it: what was asked, where it was made, and what came out so far.
public struct ReportedRun: Sendable {
  /// The machine and the versions that it was made with.
  public struct Machine: Hashable, Sendable {
    /// The version of this package.
    public var program: String
    /// The commit of the program's checkout; nil where it lay in none.
    public var commit: String?
    /// The version of libtorch.
    public var libtorch: String
    /// The device, as in `cpu`.
    public var device: String
    /// The number of libtorch's threads.
    public var threads: Int
    /// What the layers were computed with; nil in runs of before there was a choice.
    public var kernels: String?
    /// The processor's name; nil where the system gives none.
    public var processor: String?
    /// The number of its cores.
    public var processorCount: Int
    /// The operating system.
    public var operatingSystem: String
    /// Whether libtorch's threads leave a core of the processor idle.
    public var hasCoreToSpare: Bool

    /// Describes a machine.
    public init(
      program: String,
      commit: String? = nil,
      libtorch: String,
      device: String,
      threads: Int,
      kernels: String? = nil,
      processor: String? = nil,
      processorCount: Int,
      operatingSystem: String,
      hasCoreToSpare: Bool = false
    ) {
      self.program = program
      self.commit = commit
      self.libtorch = libtorch
      self.device = device
      self.threads = threads
      self.kernels = kernels
      self.processor = processor
      self.processorCount = processorCount
      self.operatingSystem = operatingSystem
      self.hasCoreToSpare = hasCoreToSpare
    }

    /// What there was before there was a choice.
    private static let oldestKernels = "libtorch"

    /// Whether durations of the two can be compared.
    func keepsTime(like other: Machine) -> Bool {
      (device, threads, processor, processorCount, libtorch)
        == (other.device, other.threads, other.processor, other.processorCount, other.libtorch)
        && (kernels ?? Self.oldestKernels) == (other.kernels ?? Self.oldestKernels)
    }
  }

  /// Where it lies, for people: its folder and those above it, with slashes between.
  public var place: String
  /// What determines its result.
  public var configuration: RunConfiguration
  /// What its network is called.
  public var network: String
  /// The names of the network's layers, in forward order.
  public var layers: [String]
  /// The number of the network's trained numbers.
  public var parameterCount: Int
  /// The number of images of an epoch.
  public var trainImages: Int
  /// The number of images that its error is of.
  public var evaluationImages: Int
  /// The number of iterations of an epoch.
  public var iterationsPerEpoch: Int
  /// When freezing happens, and how fast each layer learns until then.
  public let schedule: Schedule
  /// When it began.
  public var startedAt: Date
  /// Whether it came to its end.
  public var isFinished: Bool
  /// Where it was made.
  public var machine: Machine
  /// How many runs went on there at a time; nil where that is not known.
  public var jobs: Int?
  /// What was measured of the network before it; nil where nothing was.
  public var costs: MeasuredCosts?
  /// What was predicted of it; nil where nothing was.
  public var prediction: RunPrediction?
  /// The share of the time that freezing saved by the run's own pace before its first freeze; nil where
  /// that says nothing.
  public var paceSaving: Double?
  /// Epochs and freeze events so far.
  public var records: [RunRecord]
  /// What to type to make it again; nil where no command makes just this.
  public var command: String?

  /// Collects the facts.
  ///
  /// - Throws: `ReportedRunError` for facts that cannot be of one run.
  public init(
    place: String,
    configuration: RunConfiguration,
    network: String,
    layers: [String],
    parameterCount: Int = 0,
    trainImages: Int,
    evaluationImages: Int,
    iterationsPerEpoch: Int,
    startedAt: Date,
    isFinished: Bool,
    machine: Machine,
    jobs: Int? = nil,
    costs: MeasuredCosts? = nil,
    prediction: RunPrediction? = nil,
    paceSaving: Double? = nil,
    records: [RunRecord],
    command: String? = nil
  ) throws {
    guard (1...Self.mostLayers).contains(layers.count) else {
      throw ReportedRunError(reason: "it has \(layers.count) layers")
    }
    guard (1...1_000_000_000).contains(iterationsPerEpoch) else {
      throw ReportedRunError(reason: "an epoch has \(iterationsPerEpoch) iterations")
    }
    guard costs.map({ $0.layers.count == layers.count }) ?? true else {
      throw ReportedRunError(reason: "its measured layers are not those of its network")
    }
    do {
      schedule = try configuration.schedule(
        layerCount: layers.count,
        iterationsPerEpoch: iterationsPerEpoch
      )
    } catch {
      throw ReportedRunError(reason: "\(error)")
    }
    guard prediction.map({ $0.seconds.isFinite && $0.baselineSeconds.isFinite }) ?? true else {
      throw ReportedRunError(reason: "its prediction is no number of seconds")
    }
    try Self.requirePossible(
      records,
      of: schedule,
      iterationsPerEpoch: iterationsPerEpoch,
      layers: layers,
      isFinished: isFinished
    )
    self.place = place
    self.configuration = configuration
    self.network = network
    self.layers = layers
    self.parameterCount = parameterCount
    self.trainImages = trainImages
    self.evaluationImages = evaluationImages
    self.iterationsPerEpoch = iterationsPerEpoch
    self.startedAt = startedAt
    self.isFinished = isFinished
    self.machine = machine
    self.jobs = jobs
    self.costs = costs
    self.prediction = prediction
    self.paceSaving = paceSaving
    self.records = records
    self.command = command
  }

  /// More layers than any network here has; a chart of more would help nobody.
  private static let mostLayers = 4_096
}

/// Facts that cannot be of one run.
public struct ReportedRunError: Error, Equatable, CustomStringConvertible {
  /// Why not, as a part of a sentence.
  public var reason: String
  /// The number of the record that it is about, from 1; nil where it is about another fact.
  public var record: Int?
  /// The reason.
  public var description: String { reason }
}

extension ReportedRun {
  /// What its epochs came to, so far.
  var epochs: [EpochRecord] {
    records.compactMap { if case .epoch(let record) = $0 { record } else { nil } }
  }

  /// The duration of training so far, in seconds.
  var trainSeconds: Double { epochs.reduce(0) { $0 + $1.trainSeconds } }

  /// The misclassified share at the end, in percent; nil before the end, and where none was measured.
  var finalError: Double? { isFinished ? epochs.last?.evaluationError : nil }

  /// The length in epochs, the last one perhaps in part.
  var epochCount: Double { Double(schedule.iterations) / Double(iterationsPerEpoch) }

  /// How many epochs an iteration is after the start.
  func epoch(ofIteration iteration: Int) -> Double {
    Double(iteration) / Double(iterationsPerEpoch)
  }

  /// How many of the folders that it lies in are those of the other too, from the top.
  func commonFolders(with other: ReportedRun) -> Int {
    zip(place.split(separator: "/"), other.place.split(separator: "/")).prefix { $0 == $1 }.count
  }

  /// Whether layers of it freeze.
  var freezesLayers: Bool { configuration.freezing != nil }
}
