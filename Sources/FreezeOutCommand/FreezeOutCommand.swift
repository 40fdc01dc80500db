import ArgumentParser

/// The program `freezeout`.
@main
struct FreezeOutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "freezeout",
    abstract: "Train image classifiers in less time by freezing layers as they settle.",
    discussion: """
      FreezeOut (Brock et al. 2017, arXiv 1706.04983) anneals the learning rate of each layer to \
      zero at its own time, early layers first; from then on the layer is frozen and costs no \
      backward pass.
      """,
    version: version,
    subcommands: [
      TrainCommand.self, PlanCommand.self, CompareCommand.self, SweepCommand.self,
      ReportCommand.self, EvaluateCommand.self, VerifyCommand.self, BenchCommand.self,
    ]
  )

  static func main() {
    Terminal.prepare()
    main(nil)
  }

  /// The version of this package.
  static let version = "0.1.0"
}
