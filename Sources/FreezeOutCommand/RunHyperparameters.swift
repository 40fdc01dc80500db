import FreezeOut
import TensorBoard
import Training

extension Experiment {
  /// The table of runs: the same columns for all, whatever kind of run they are.
  static let ofRuns = Experiment(
    columns: [
      Column("network", .text([])),
      Column("data set", .text([])),
      Column("training images", .number),
      Column("epochs", .number),
      Column("constant time", .flag),
      Column("batch size", .number),
      Column("learning rate", .number),
      Column("momentum", .number),
      Column("weight decay", .number),
      Column("freezing", .text(["none"] + Growth.allCases.map { "\($0)" })),
      Column("t0", .number),
      Column("scaled rates", .flag),
      Column("seed", .number),
      Column("augmentation", .flag),
      Column("views", .number),
      Column("kept features", .flag),
      Column("device", .text([])),
      Column("threads", .number),
      Column("kernels", .text([])),
    ],
    metrics: [
      RunTag.evaluationError, RunTag.evaluationLoss, RunTag.epochLoss, RunTag.secondsInAll,
    ]
  )
}

extension RunDescription {
  /// The run's row in the table of runs. What it has not, as a baseline has no `t0`, is left out.
  var hyperparameters: [String: Hyperparameter] {
    var row: [String: Hyperparameter] = [
      "network": .text(network),
      "data set": .text(configuration.dataset),
      "training images": .number(Double(trainImages)),
      "epochs": .number(Double(iterations) / Double(iterationsPerEpoch)),
      "constant time": .flag(configuration.constantTimeEpochs != nil),
      "batch size": .number(Double(configuration.batchSize)),
      "learning rate": .number(configuration.learningRate),
      "momentum": .number(configuration.rule.momentum),
      "weight decay": .number(configuration.rule.weightDecay),
      "freezing": .text(configuration.freezing.map { "\($0.growth)" } ?? "none"),
      "seed": .number(Double(configuration.seed)),
      "augmentation": .flag(configuration.augment),
      "kept features": .flag(configuration.caching != nil),
      "device": .text(machine.device),
      "threads": .number(Double(machine.threads)),
      "kernels": .text(machine.kernelsName),
    ]
    if let freezing = configuration.freezing {
      row["t0"] = .number(freezing.firstFreeze)
      row["scaled rates"] = .flag(freezing.scalesLearningRates)
    }
    if let views = configuration.views { row["views"] = .number(Double(views)) }
    return row
  }
}
