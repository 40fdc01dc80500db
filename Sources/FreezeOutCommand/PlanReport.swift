import Foundation
import FreezeOut
import Reports
import Training

/// What `freezeout plan` prints.
struct PlanReport {
  var plan: RunPlan
  var configuration: RunConfiguration
  var trainImageCount: Int
  var machine: MachineDescription
  /// How long it takes to make a batch; nil where that was not measured.
  var batchSeconds: Double?
  var search: FirstFreezeSearch?

  // MARK: - For people

  /// Everything, a line each.
  var lines: [String] {
    [heading, freezing, ""] + searchLines + layerTable + [""] + savings + cacheLines + memoryLines
      + epochLines
      + plan.advice(batchSeconds: batchSeconds).map { "note: \($0)" }
  }

  private var heading: String {
    "\(configuration.architecture) on \(configuration.dataset): \(trainImageCount.grouped) images, "
      + "batch \(configuration.batchSize), \(plan.iterationsPerEpoch.grouped) iterations an epoch, "
      + "\(plan.iterations.grouped) in all"
  }

  private var freezing: String {
    guard let freezing = configuration.freezing else { return "baseline: nothing freezes" }
    return
      "FreezeOut, \(freezing.growth), rates \(freezing.scalesLearningRates ? "" : "un")scaled, "
      + "t0 = \(freezing.firstFreeze.significant(4)): \(plan.schedule.freezeEvents.count) freeze events"
  }

  private var layerTable: [String] {
    var table = TextTable([
      ("layer", .left), ("parameters", .right), ("share of the cost", .right),
      ("freezes at", .right), ("epoch", .right), ("first rate", .right),
    ])
    for layer in plan.layers {
      table.append([
        layer.name, layer.parameters.grouped, layer.share.percent,
        layer.freezeIteration?.grouped ?? "never", layer.freezeEpoch.map(String.init) ?? "",
        layer.initialLearningRate.significant(3),
      ])
    }
    return table.lines
  }

  private var searchLines: [String] {
    guard let search else { return [] }
    var table = TextTable([
      ("to save \(search.saving.percent)", .left), ("t0", .right), ("", .left),
    ])
    for (growth, solution) in search.solutions {
      switch solution {
      case .reached(let firstFreeze, let saving):
        table.append([growth.rawValue, firstFreeze.fixed(4), "saves \(saving.percent)"])
      case .unreachable(let greatest):
        table.append([
          growth.rawValue, "none",
          "saves \(greatest.percent) at most, with t0 = \(Schedule.leastFirstFreeze)",
        ])
      }
    }
    return table.lines + [planOfSearch(search), ""].compactMap { $0 }
  }

  /// Which run the rest of the plan is of.
  private func planOfSearch(_ search: FirstFreezeSearch) -> String? {
    guard let freezing = configuration.freezing else { return nil }
    let strategy = "\(freezing.growth) with t0 = \(freezing.firstFreeze.significant(4))"
    if search.firstFreeze(freezing.growth) != nil { return "the plan of \(strategy):" }
    return "\(freezing.growth) cannot save as much; the plan of \(strategy), as given:"
  }

  private var savings: [String] {
    var table = TextTable([("saving", .left), ("", .right), ("", .left)])
    table.append([
      "by the published formula (paperSpeedup)", plan.paperSaving?.percent ?? "none",
      plan.paperSaving == nil ? "it knows DenseNet-BC alone" : "",
    ])
    table.append([
      "by multiply-adds", plan.multiplyAddsSaving.percent,
      "a backward pass taken for \(RunPlan.backwardForwardRatio.fixed(0)) forward passes",
    ])
    if let prediction = plan.prediction {
      table.append([
        "by measurement", prediction.saving.percent,
        "\(prediction.seconds.asDuration) instead of \(prediction.baselineSeconds.asDuration)"
          + (plan.costs?.backwardForwardRatio.map {
            "; a backward pass took \($0.fixed(2)) forward passes"
          } ?? ""),
      ])
    } else {
      table.append(["by measurement", "none", "--measure times the network on this machine"])
    }
    return table.lines
  }

  private var cacheLines: [String] {
    guard configuration.caching != nil else { return [] }
    guard let cache = plan.cache else {
      return ["", "features: --measure tells which are worth keeping"]
    }
    guard !cache.stores.isEmpty else {
      return ["", "features: none are worth keeping, or fit the budget"]
    }
    var table = TextTable([
      ("features kept in front of", .left), ("from iteration", .right), ("full at", .right),
      ("MB", .right),
    ])
    for store in cache.stores {
      let bytes = cache.costs.featureBytes[store.frontier] * cache.costs.slotCount
      table.append([
        plan.layers[store.frontier].name, store.begin.grouped, store.full.grouped,
        (bytes / 1_000_000).grouped,
      ])
    }
    return [""] + table.lines
  }

  private var memoryLines: [String] {
    let steps = plan.costs?.steps.filter { $0.bytes != nil } ?? []
    guard !steps.isEmpty else { return [] }
    var table = TextTable([
      ("frozen layers", .right), ("a step takes", .right), ("memory at its most", .right),
    ])
    for step in steps {
      table.append([
        "\(step.frozenCount)", "\((step.seconds * 1e3).fixed(1)) ms",
        "\((Double(step.bytes ?? 0) / 1e6).fixed(1)) MB",
      ])
    }
    return [""] + table.lines
  }

  private static let mostEpochs = 20

  private var epochLines: [String] {
    guard let prediction = plan.prediction else { return [] }
    var table = TextTable([
      ("epoch", .right), ("with freezing", .right), ("without", .right),
    ])
    let epochs = Array(zip(prediction.epochSeconds, prediction.baselineEpochSeconds).enumerated())
    // Of a long run, as many epochs as fit a screen.
    let step = max(1, (epochs.count + Self.mostEpochs - 1) / Self.mostEpochs)
    for (index, seconds) in epochs
    where (index + 1).isMultiple(of: step) || index + 1 == epochs.count {
      table.append(["\(index + 1)", seconds.0.asDuration, seconds.1.asDuration])
    }
    return [""] + table.lines
  }

  // MARK: - For programs

  private struct Document: Encodable {
    struct Event: Encodable {
      var iteration: Int
      var layers: [String]
    }

    struct Solution: Encodable {
      var growth: Growth
      var firstFreeze: Double?
      var saving: Double
    }

    var network: String
    var configuration: RunConfiguration
    var trainImages: Int
    var iterationsPerEpoch: Int
    var iterations: Int
    var layers: [RunPlan.Layer]
    var events: [Event]
    var paperSaving: Double?
    var multiplyAddsSaving: Double
    var backwardForwardRatio: Double
    var measuredSaving: Double?
    var prediction: RunPrediction?
    var costs: MeasuredCosts?
    var cache: CachePlan?
    var search: [Solution]?
    var advice: [String]
    var machine: MachineDescription
  }

  /// Everything as an object.
  ///
  /// - Throws: `EncodingError` for a number that JSON has no word for.
  func json() throws -> String {
    let document = Document(
      network: "\(configuration.architecture)",
      configuration: configuration,
      trainImages: trainImageCount,
      iterationsPerEpoch: plan.iterationsPerEpoch,
      iterations: plan.iterations,
      layers: plan.layers,
      events: plan.schedule.freezeEvents.map { event in
        Document.Event(iteration: event.iteration, layers: plan.layers[event.layers].map(\.name))
      },
      paperSaving: plan.paperSaving,
      multiplyAddsSaving: plan.multiplyAddsSaving,
      backwardForwardRatio: RunPlan.backwardForwardRatio,
      measuredSaving: plan.prediction?.saving,
      prediction: plan.prediction,
      costs: plan.costs,
      cache: plan.cache,
      search: search?.solutions.map { growth, solution in
        switch solution {
        case .reached(let firstFreeze, let saving):
          Document.Solution(growth: growth, firstFreeze: firstFreeze, saving: saving)
        case .unreachable(let saving):
          Document.Solution(growth: growth, firstFreeze: nil, saving: saving)
        }
      },
      advice: plan.advice(batchSeconds: batchSeconds).map(\.description),
      machine: machine
    )
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(document), as: UTF8.self)
  }
}
