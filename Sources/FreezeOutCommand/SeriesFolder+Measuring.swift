import Datasets
import Foundation
import FreezeOut
import Models
import Training

extension SeriesFolder.Description {
  /// Measures, before a series, what its lengths and predictions are made from.
  static func measured(
    for configuration: RunConfiguration,
    _ dataset: DatasetPair,
    _ device: Device,
    _ kernels: Kernels,
    near folder: URL
  ) throws -> Self {
    let classCount = dataset.training.classCount
    let trainImageCount = try configuration.split(dataset).training.count
    let costs = try configuration.measuredCostsWithProgress(
      classCount: classCount,
      trainImageCount: trainImageCount,
      device: device,
      kernels: kernels
    )
    return Self(
      configuration: configuration,
      costs: costs,
      cacheCosts: try keepingNothingWhereRefused {
        try configuration.cacheCosts(
          classCount: classCount,
          trainImageCount: trainImageCount,
          costs: costs,
          measuringAt: .scratchFile(near: folder),
          device: device
        )
      },
      machine: .current(device: device, kernels: kernels)
    )
  }
}
