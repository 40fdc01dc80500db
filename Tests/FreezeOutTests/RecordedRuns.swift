import FreezeOut
import Testing

/// What a run of the published code recorded of its schedule.
struct RecordedRun: Sendable, CustomTestStringConvertible {
  let name: String
  let layerCount: Int
  let firstFreeze: Double
  let growth: Growth
  let scalesLearningRates: Bool
  let baseLearningRate: Double
  /// By iteration. The recorded sets of frozen layers are all prefixes; this is their size.
  let frozenCounts: [Int]
  /// Rates by layer, for some iterations; `nil` where the layer is frozen.
  let learningRates: [Int: [Double?]]

  var testDescription: String { name }
}

// From four recorded runs of github.com/ajbrock/FreezeOut at 73beea1, each made as long as its
// table and started at its own base rate: DenseNet-BC (k=4, L=16), Wide ResNet (k=1, L=10) and VGG
// ([8, M, 16, M, 16, M, 32, M, 512, M]; as published it never counts iterations, here it did). In
// every iteration the rate of each layer and the frozen layers were written down.
let recordedRuns: [RecordedRun] = [
  RecordedRun(
    name: "densenet-cubic-scaled",
    layerCount: 10,
    firstFreeze: 0.5,
    growth: .cubic,
    scalesLearningRates: true,
    baseLearningRate: 0.01,
    frozenCounts: [
      0, 0, 0, 0, 1, 2, 3, 3, 4, 4, 5, 5,
      6, 6, 7, 7, 7, 8, 8, 8, 8, 9, 9, 9,
    ],
    learningRates: [
      0: [
        0.08, 0.05831999999999999, 0.04381667918858,
        0.03375, 0.02654528903049613, 0.021253644314868803,
        0.017280000000000004, 0.014238281250000004, 0.011870547526969267,
        0.01,
      ],
      3: [
        0.0, 0.009944957862348822, 0.018636983851985894,
        0.020975290535867577, 0.019963679331323148, 0.017762232808887345,
        0.015365914285539085, 0.013154133957554971, 0.011237271036273921,
        0.009619397662556433,
      ],
      4: [
        nil, 0.00011274395738509298, 0.007405748324964912,
        0.013582850815977831, 0.01566043832842939, 0.01532512667664722,
        0.013978307057100492, 0.012349850020819895, 0.010760547205204925,
        0.009330127018922194,
      ],
      12: [
        nil, nil, nil,
        nil, nil, nil,
        0.0007766844132816349, 0.0027220225831380922, 0.0042163274991459734,
        0.005,
      ],
      23: [
        nil, nil, nil,
        nil, nil, nil,
        nil, nil, nil,
        4.277569313094809e-05,
      ],
    ]
  ),
  RecordedRun(
    name: "densenet-linear-unscaled",
    layerCount: 10,
    firstFreeze: 0.3,
    growth: .linear,
    scalesLearningRates: false,
    baseLearningRate: 0.01,
    frozenCounts: [
      0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3,
      3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9,
    ],
    learningRates: [
      0: [
        0.01, 0.01, 0.01,
        0.01, 0.01, 0.01,
        0.01, 0.01, 0.01,
        0.01,
      ],
      8: [
        nil, 0.0003376388529782209, 0.0016733714991721738,
        0.0030865828381745493, 0.004288425808633575, 0.005253245844193562,
        0.006017280065263169, 0.006623497346023418, 0.007108325667250919,
        0.007500000000000001,
      ],
      16: [
        nil, nil, nil,
        nil, nil, 2.5653383040524226e-05,
        0.00041394349247273474, 0.0010542974530180326, 0.0017780148476756147,
        0.002500000000000001,
      ],
      23: [
        nil, nil, nil,
        nil, nil, nil,
        nil, nil, nil,
        4.277569313094809e-05,
      ],
    ]
  ),
  RecordedRun(
    name: "wrn-squared-scaled",
    layerCount: 5,
    firstFreeze: 0.4,
    growth: .squared,
    scalesLearningRates: true,
    baseLearningRate: 0.005,
    frozenCounts: [
      0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2,
      3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4,
    ],
    learningRates: [
      0: [
        0.031249999999999993, 0.016528925619834708, 0.010204081632653062,
        0.006920415224913495, 0.005,
      ],
      1: [
        0.02630612971910736, 0.0157671559884624, 0.010023108246411953,
        0.006863780156705723, 0.004978612153434526,
      ],
      12: [
        nil, nil, nil,
        0.0014969675728234552, 0.0025,
      ],
      23: [
        nil, nil, nil,
        nil, 2.1387846565474044e-05,
      ],
    ]
  ),
  RecordedRun(
    name: "vgg-cubic-scaled",
    layerCount: 6,
    firstFreeze: 0.6,
    growth: .cubic,
    scalesLearningRates: true,
    baseLearningRate: 0.0005,
    frozenCounts: [
      0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3,
      4, 4, 4, 4, 5, 5, 5, 5,
    ],
    learningRates: [
      0: [
        0.0023148148148148156, 0.0015901689395481382, 0.0011390144335909026,
        0.0008435914048158945, 0.0006421056957343637, 0.0005,
      ],
      5: [
        nil, 0.00015914095606049623, 0.0004461336494846305,
        0.0005243856238769398, 0.0004921840178014196, 0.0004267766952966369,
      ],
      10: [
        nil, nil, nil,
        4.9904216315769444e-05, 0.00018243648992751746, 0.00025,
      ],
      19: [
        nil, nil, nil,
        nil, nil, 3.0779148512155855e-06,
      ],
    ]
  ),
]
