import FreezeOut
import Models
import Torch

/// The first freezes that save a share of a run's time, for every strategy.
public struct FirstFreezeSearch: Sendable {
  /// The share that is to be saved.
  public let saving: Double
  /// What was found for each strategy.
  public let solutions: [(growth: Growth, solution: FirstFreezeSolution)]

  /// Searches by the best measure that the plan has.
  ///
  /// - Throws: `ScheduleError`
  public init(saving: Double, plan: RunPlan) throws {
    self.saving = saving
    solutions = try Growth.allCases.map { growth in
      (growth: growth, solution: try plan.firstFreeze(saving: saving, growth: growth))
    }
  }

  /// What was found for a strategy; nil where it cannot save as much.
  public func firstFreeze(_ growth: Growth?) -> Double? {
    for case (let found, .reached(let firstFreeze, _)) in solutions where found == growth {
      return firstFreeze
    }
    return nil
  }
}

extension RunConfiguration {
  /// How long it takes to make a batch of the run, in seconds.
  ///
  /// - Parameters:
  ///   - classCount: The number of classes of the data set.
  ///   - trainImageCount: The number of images of an epoch.
  /// - Throws: As `Calibration`.
  public func batchSeconds(classCount: Int, trainImageCount: Int) throws -> Double {
    try calibration(classCount, trainImageCount, .cpu, .libtorch).batchSeconds()
  }

  /// Measures for a few seconds what the run's network costs on this machine.
  ///
  /// - Parameters:
  ///   - classCount: The number of classes of the data set.
  ///   - trainImageCount: The number of images of an epoch.
  /// - Throws: As `Calibration`, and what `progress` throws.
  public func measuredCosts(
    classCount: Int,
    trainImageCount: Int,
    device: Device = .cpu,
    kernels: Kernels = .libtorch,
    progress: (Double) throws -> Void = { _ in }
  ) throws -> MeasuredCosts {
    try calibration(classCount, trainImageCount, device, kernels)
      .measuredCosts(progress: progress)
  }

  private func calibration(
    _ classCount: Int,
    _ trainImageCount: Int,
    _ device: Device,
    _ kernels: Kernels
  ) throws -> Calibration {
    try Calibration(
      architecture: architecture,
      classCount: classCount,
      // Fewer images than a batch make a smaller one.
      batchSize: min(batchSize, trainImageCount),
      rule: rule,
      device: device,
      kernels: kernels
    )
  }
}
