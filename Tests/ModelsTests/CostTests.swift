import FreezeOut
import Models
import Testing
import Torch
import TorchNN

/// What an architecture weighs.
struct CostCase: Sendable, CustomTestStringConvertible {
  let architecture: Architecture
  let stageCount: Int
  /// For 10 and for 100 classes.
  let parameterCounts: [Int]
  /// Of all stages, for 10 classes.
  let multiplyAdds: Int
  /// Of the first three and the last three stages.
  let ends: [Int]

  var testDescription: String { "\(architecture)" }
}

// Counted by PyTorch 2.13 with forward hooks on Benchmarks/reference/models.py for one image:
//   cost[module] = module.weight.numel() * (output.shape[2] * output.shape[3] for convolutions)
// where a transition's convolution counts a quarter: here it runs behind the pool, on a quarter of
// the pixels. Parameters: sum(p.numel() for p in network.parameters()). Known from the papers:
// DenseNet-BC k=12 L=100 0.8 M, DenseNet k=12 L=40 1.0 M, WRN-40-4 8.9 M, WRN-28-10 36.5 M.
private let costCases: [CostCase] = [
  CostCase(
    architecture: .denseNet(DenseNet(growthRate: 12, depth: 40)),
    stageCount: 22,
    parameterCounts: [176_122, 188_092],
    multiplyAdds: 67_444_008,
    ends: [663_552, 6_488_064, 7_077_888, 663_552, 700_416, 1_320]
  ),
  CostCase(
    architecture: .denseNet(DenseNet(growthRate: 12, depth: 76)),
    stageCount: 40,
    parameterCounts: [486_730, 510_040],
    multiplyAdds: 171_387_924,
    ends: [663_552, 6_488_064, 7_077_888, 1_050_624, 1_087_488, 2_580]
  ),
  CostCase(
    architecture: .denseNet(DenseNet(growthRate: 12, depth: 100)),
    stageCount: 52,
    parameterCounts: [769_162, 800_032],
    multiplyAdds: 261_373_788,
    ends: [663_552, 6_488_064, 7_077_888, 1_308_672, 1_345_536, 3_420]
  ),
  CostCase(
    architecture: .denseNet(DenseNet(growthRate: 12, depth: 40, bottleneck: false, reduction: 1)),
    stageCount: 40,
    parameterCounts: [1_059_298, 1_100_428],
    multiplyAdds: 242_551_248,
    ends: [663_552, 2_654_208, 3_981_312, 2_985_984, 3_068_928, 4_560]
  ),
  CostCase(
    architecture: .denseNet(DenseNet(growthRate: 12, depth: 40, bottleneck: false)),
    stageCount: 40,
    parameterCounts: [599_050, 622_360],
    multiplyAdds: 190_077_972,
    ends: [663_552, 2_654_208, 3_981_312, 1_617_408, 1_700_352, 2_580]
  ),
  CostCase(
    architecture: .wideResNet(WideResNet(depth: 40, widenFactor: 4)),
    stageCount: 20,
    parameterCounts: [8_949_210, 8_972_340],
    multiplyAdds: 1_298_582_016,
    ends: [442_368, 48_234_496, 75_497_472, 75_497_472, 75_497_472, 2_560]
  ),
  CostCase(
    architecture: .wideResNet(WideResNet(depth: 28, widenFactor: 10)),
    stageCount: 14,
    parameterCounts: [36_479_194, 36_536_884],
    multiplyAdds: 5_243_328_768,
    ends: [442_368, 262_144_000, 471_859_200, 471_859_200, 471_859_200, 6_400]
  ),
  CostCase(
    architecture: .vgg(VGG(.a)),
    stageCount: 9,
    parameterCounts: [9_756_746, 9_802_916],
    multiplyAdds: 153_293_824,
    ends: [1_769_472, 18_874_368, 18_874_368, 9_437_184, 9_437_184, 529_408]
  ),
  CostCase(
    architecture: .vgg(VGG(.b)),
    stageCount: 11,
    parameterCounts: [9_941_450, 9_987_620],
    multiplyAdds: 228_791_296,
    ends: [1_769_472, 37_748_736, 18_874_368, 9_437_184, 9_437_184, 529_408]
  ),
  CostCase(
    architecture: .vgg(VGG(.d)),
    stageCount: 14,
    parameterCounts: [15_252_426, 15_298_596],
    multiplyAdds: 313_725_952,
    ends: [1_769_472, 37_748_736, 18_874_368, 9_437_184, 9_437_184, 529_408]
  ),
  CostCase(
    architecture: .vgg(VGG(.e)),
    stageCount: 17,
    parameterCounts: [20_563_402, 20_609_572],
    multiplyAdds: 398_660_608,
    ends: [1_769_472, 37_748_736, 18_874_368, 9_437_184, 9_437_184, 529_408]
  ),
]

struct CostTests {
  @Test(arguments: costCases)
  func `stages, parameters and multiply-adds are the reference's`(expected: CostCase) throws {
    for (classCount, parameterCount) in zip([10, 100], expected.parameterCounts) {
      let network = try expected.architecture.makeNetwork(
        classCount: classCount,
        from: WeightInitializer(seed: 1)
      )
      #expect(network.stages.count == expected.stageCount)
      #expect(network.state.parameterCount == parameterCount)
      #expect(
        expected.architecture.parameterCount(classCount: classCount) == Double(parameterCount)
      )
      #expect(network.costs.reduce(0) { $0 + $1.parameters } == parameterCount)
      guard classCount == 10 else { continue }
      let costs = network.costs.map(\.multiplyAdds)
      #expect(costs.reduce(0, +) == expected.multiplyAdds)
      #expect(Array(costs.prefix(3) + costs.suffix(3)) == expected.ends)
    }
  }

  @Test
  func `every stage's cost is the reference's, transitions and shortcuts included`() throws {
    #expect(
      try SmallArchitecture.all[0].network().costs.map(\.multiplyAdds) == [
        221_184, 720_896, 786_432, 32_768, 180_224, 196_608, 8_192, 45_056, 49_152, 160,
      ]
    )
    #expect(
      try SmallArchitecture.all[2].network().costs.map(\.multiplyAdds) == [
        442_368, 4_718_592, 3_670_016, 3_670_016, 640,
      ]
    )
    // By hand: 9 * inputs * outputs * pixels, and (512 + 512 + 10) * 512.
    #expect(
      try SmallArchitecture.all[3].network().costs.map(\.multiplyAdds) == [
        9 * 3 * 8 * 1024, 9 * 8 * 16 * 256, 9 * 16 * 16 * 16, 9 * 16 * 512 * 16, 1034 * 512,
      ]
    )
  }
}
