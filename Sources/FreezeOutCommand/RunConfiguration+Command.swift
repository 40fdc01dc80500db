import FreezeOut
import Models
import Training

extension RunConfiguration {
  /// What to type to make a run of this configuration; nil where options cannot say it: where a
  /// comparison chose the length.
  func command(on machine: MachineDescription) -> String? {
    guard extraIterations == 0, constantTimeEpochs == nil, DatasetName(rawValue: dataset) != nil,
      rule.nesterov == (rule.momentum > 0)
    else { return nil }
    let launcher = machine.processes.map { ["mpirun", "-n", "\($0)"] } ?? []
    return (launcher + ["freezeout", "train"] + options + machineOptions(machine)).shellCommand
  }

  /// The options of `train` that give this configuration, those that it would have anyway left out.
  var options: [String] {
    let standard = RunConfiguration(architecture: architecture, dataset: dataset)
    func option<Value: Equatable>(_ name: String, _ path: KeyPath<Self, Value>) -> [String] {
      self[keyPath: path] == standard[keyPath: path] ? [] : [name, "\(self[keyPath: path])"]
    }
    return ["--dataset", dataset] + architecture.options
      + option("--epochs", \.epochs) + option("--batch-size", \.batchSize)
      + option("--learning-rate", \.learningRate) + option("--momentum", \.rule.momentum)
      + option("--weight-decay", \.rule.weightDecay) + option("--validate", \.validation.rawValue)
      + (maxTrainImages.map { ["--max-train-images", "\($0)"] } ?? [])
      + (augment ? [] : ["--no-augment"]) + freezingOptions + cachingOptions
      + (precision.map { ["--precision", "\($0)"] } ?? [])
      + (synchronizesBatchNorm ? ["--sync-batch-norm"] : []) + [
        "--seed", "\(seed)",
      ]
  }

  private var freezingOptions: [String] {
    guard let freezing else { return ["--no-freeze-out"] }
    return ["--t0", "\(freezing.firstFreeze)", "--how-scale", freezing.growth.rawValue]
      + (freezing.scalesLearningRates ? [] : ["--no-scale-lr"])
  }

  private var cachingOptions: [String] {
    let shown = views.map { ["--views", "\($0)"] + (redrawsViews ? ["--redraw-views"] : []) } ?? []
    let kept = caching.map { caching in
      [
        "--cache-features", "--cache-budget", "\(caching.budgetBytes)", "--cache-precision",
        "\(caching.precision)",
      ]
    }
    return shown + (kept ?? [])
  }

  private func machineOptions(_ machine: MachineDescription) -> [String] {
    (machine.device == "cpu" ? [] : ["--device", machine.device])
      + ["--threads", "\(machine.threads)", "--kernels", machine.kernelsName]
  }
}

extension Architecture {
  fileprivate var options: [String] {
    switch self {
    case .denseNet(let network):
      [
        "--model", "densenet", "--depth", "\(network.depth)", "--growth-rate",
        "\(network.growthRate)",
      ]
        + (network.bottleneck ? [] : ["--no-bottleneck"])
        + (network.reduction == DenseNet().reduction
          ? [] : ["--reduction", "\(network.reduction)"])
        + (network.dropout == DenseNet().dropout ? [] : ["--dropout", "\(network.dropout)"])
    case .wideResNet(let network):
      ["--model", "wrn", "--depth", "\(network.depth)", "--widen-factor", "\(network.widenFactor)"]
        + (network.dropout == WideResNet().dropout ? [] : ["--dropout", "\(network.dropout)"])
    case .vgg(let network):
      ["--model", "vgg", "--configuration", network.steps.map(word).joined(separator: ",")]
        + (network.dropout == VGG().dropout ? [] : ["--dropout", "\(network.dropout)"])
    }
  }

  private func word(_ step: VGG.Step) -> String {
    switch step {
    case .convolution(let channels): "\(channels)"
    case .maxPool: "M"
    }
  }
}

extension [String] {
  /// Words as a shell takes them: in quotes where they need it.
  var shellCommand: String {
    map { word in
      let isPlain =
        !word.isEmpty
        && word.unicodeScalars.allSatisfy { scalar in
          ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
            || ("0"..."9").contains(scalar)
            || "-_./,=:+%@".unicodeScalars.contains(scalar)
        }
      return isPlain ? word : "'\(word.replacing("'", with: "'\\''"))'"
    }.joined(separator: " ")
  }
}
