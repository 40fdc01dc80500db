import ArgumentParser
import FreezeOut
import Training

/// The rates that layers start with.
enum RateScaling: String, CaseIterable, ExpressibleByArgument {
  case scaled, unscaled
}

/// The ways to freeze that a sweep tries.
struct SweepOptions: ParsableArguments {
  @Option(
    name: [.customLong("t0"), .customLong("t_0", withSingleDash: false)],
    parsing: .unconditional,
    help: ArgumentHelp(
      "The shares of the run after which the first layer freezes, before they are squared or cubed.",
      valueName: "shares"
    )
  )
  var firstFreezes = CommaSeparated([0.5, 0.7, 0.9])

  @Option(
    help: ArgumentHelp(
      "How freeze times grow with depth: of linear, squared and cubic, those to try.",
      valueName: "strategies"
    )
  )
  var howScale = CommaSeparated([Growth.linear, .cubic])

  @Option(
    help: ArgumentHelp(
      "scaled (layers that freeze earlier start with a higher rate), unscaled, or both: "
        + "scaled,unscaled.",
      valueName: "rates"
    )
  )
  var rates = CommaSeparated([RateScaling.scaled])

  @Option(parsing: .unconditional, help: "The number of seeds, from --seed on.")
  var seeds = 2

  @Option(
    parsing: .unconditional,
    help: """
      How many runs go on at a time, each in a process of its own with its share of the threads. They \
      slow each other down, and not all alike: to compare times, take one at a time.
      """
  )
  var jobs = 1

  /// The ways to freeze.
  var grid: SweepGrid {
    SweepGrid(
      growths: howScale.values,
      firstFreezes: firstFreezes.values,
      scalings: rates.values.map { $0 == .scaled }
    )
  }

  func validate() throws {
    guard (1...1000).contains(seeds) else {
      throw ValidationError("--seeds \(seeds) is impossible: use 1 to 1000.")
    }
    guard (1...256).contains(jobs) else {
      throw ValidationError("--jobs \(jobs) is impossible: use 1 to 256.")
    }
  }
}
