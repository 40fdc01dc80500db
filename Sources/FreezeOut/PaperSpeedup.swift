/// The speedup as the published code estimates it, a fraction of the training time.
///
/// This is `calc_speedup` in `utils.py` of github.com/ajbrock/FreezeOut at 73beea1, with its
/// oddities:
///
/// - It counts a DenseNet-BC on images of 32x32 in three dense blocks, whatever network is trained.
/// - Layers are the stem and the bottlenecks. Transitions and the classifier cost nothing and have
///   no index, so that a bottleneck's freeze time is not the one it has in training.
/// - Its freeze times divide the index by the number of layers and not by the last index, so that
///   even the last layer freezes before the end.
/// - Channels are counted in units of the growth rate and halved after each block, rounded down: an
///   odd count loses half a growth rate.
/// - A backward pass costs as much as a forward pass (`C = sum 2 c_i`, `C_f = sum (1 + t_i) c_i`).
/// - The result for linear growth is multiplied by 1.3, and for no other.
///
/// For an estimate without these see `Schedule.estimatedSaving(costs:backwardForwardRatio:)`.
///
/// - Parameters:
///   - growthRate: the channels each bottleneck adds, DenseNet's `k`.
///   - layersPerBlock: the bottlenecks in each of the three dense blocks.
///   - firstFreeze: the paper's `t_0` in (0, 1], before growth.
///   - growth: how freeze times grow with depth.
/// - Precondition: `growthRate` is at least 1 and `layersPerBlock` at least 0.
public func paperSpeedup(
  growthRate: Int,
  layersPerBlock: Int,
  firstFreeze: Double,
  growth: Growth
) -> Double {
  let costs = paperCosts(growthRate: growthRate, layersPerBlock: layersPerBlock)
  let forward = costs.reduce(0, +)
  let backward = costs.enumerated().reduce(0) { sum, layer in
    let rise = (1 - firstFreeze) * Double(layer.offset) / Double(costs.count)
    return sum + layer.element * growth(firstFreeze + rise)
  }
  let speedup = 1 - (forward + backward) / (2 * forward)
  return growth == .linear ? 1.3 * speedup : speedup
}

/// The speedup as the published code estimates it for a DenseNet-BC of the given depth, which has
/// `((depth - 4) / 3) / 2` bottlenecks in each dense block, both divisions rounded down.
///
/// See `paperSpeedup(growthRate:layersPerBlock:firstFreeze:growth:)`.
///
/// - Precondition: `growthRate` is at least 1 and `depth` at least 4.
public func paperSpeedup(
  growthRate: Int,
  depth: Int,
  firstFreeze: Double,
  growth: Growth
) -> Double {
  precondition(depth >= 4, "a DenseNet of depth \(depth) does not exist: give at least 4")
  return paperSpeedup(
    growthRate: growthRate,
    layersPerBlock: ((depth - 4) / 3) / 2,
    firstFreeze: firstFreeze,
    growth: growth
  )
}

/// The multiply-adds for one image of the stem and each bottleneck, as the published code counts.
private func paperCosts(growthRate: Int, layersPerBlock: Int) -> [Double] {
  precondition(growthRate >= 1, "a growth rate of \(growthRate) is impossible: give at least 1")
  precondition(
    layersPerBlock >= 0,
    "\(layersPerBlock) layers per block are impossible: give at least 0"
  )
  let k = Double(growthRate)
  var costs = [3 * (2 * k) * (32 * 32) * 9]
  // In units of the growth rate; the stem makes two of them.
  var channels = 2
  for side in [32.0, 16.0, 8.0] {
    for _ in 0..<layersPerBlock {
      // A 1x1 convolution to 4k channels, then a 3x3 convolution to k.
      let perPixel = Double(channels) * k * (4 * k) + 4 * k * k * 9
      costs.append(perPixel * side * side)
      channels += 1
    }
    channels /= 2
  }
  return costs
}
