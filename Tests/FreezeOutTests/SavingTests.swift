import FreezeOut
import Foundation
import Testing

struct SavingTests {
  /// Freeze times 0.25, 0.5625 and 1.
  let schedule: Schedule
  let costs = [
    LayerCost(name: "stem", multiplyAdds: 100, parameters: 7),
    LayerCost(name: "block", multiplyAdds: 300, parameters: 8),
    LayerCost(name: "classifier", multiplyAdds: 100, parameters: 9),
  ]

  init() throws {
    schedule = try .example(layerCount: 3, firstFreeze: 0.5, growth: .squared)
  }

  // By hand: sum c_i = 500, sum c_i t_i = 25 + 168.75 + 100 = 293.75;
  // 1 - (500 + r * 293.75) / (500 + r * 500).
  @Test(arguments: [(0, 0), (1, 0.20625), (2, 0.275), (1e308, 0.4125)] as [(Double, Double)])
  func `the saving is the part of the backward passes that is left out`(
    ratio: Double,
    expected: Double
  ) throws {
    let saving = try schedule.estimatedSaving(costs: costs, backwardForwardRatio: ratio)
    #expect(abs(saving - expected) < 1e-15)
  }

  @Test
  func `the baseline saves nothing`() throws {
    let baseline = try Schedule.baseline(layerCount: 3, iterations: 24, baseLearningRate: 0.1)
    #expect(try baseline.estimatedSaving(costs: costs, backwardForwardRatio: 2) == 0)
  }

  @Test
  func `costs near the largest number do not overflow`() throws {
    let costs = (0..<3).map { LayerCost(name: "\($0)", multiplyAdds: .max, parameters: 0) }
    let saving = try schedule.estimatedSaving(costs: costs, backwardForwardRatio: 1)
    #expect(abs(saving - (1 - (3 + 1.8125) / 6)) < 1e-15)
  }

  @Test(arguments: [0, 2, 4])
  func `every layer has one cost`(count: Int) {
    let costs = (0..<count).map { LayerCost(name: "\($0)", multiplyAdds: 1, parameters: 0) }
    #expect(throws: SavingEstimateError.costCount(count, layerCount: 3)) {
      try schedule.estimatedSaving(costs: costs, backwardForwardRatio: 2)
    }
  }

  @Test(arguments: [-0.1, -.infinity, .infinity])
  func `the ratio is finite and not negative`(ratio: Double) {
    #expect(throws: SavingEstimateError.backwardForwardRatio(ratio)) {
      try schedule.estimatedSaving(costs: costs, backwardForwardRatio: ratio)
    }
  }

  @Test
  func `a ratio that is not a number is refused by name`() {
    let error = #expect(throws: SavingEstimateError.self) {
      try schedule.estimatedSaving(costs: costs, backwardForwardRatio: .nan)
    }
    #expect(
      error?.description
        == "the ratio of backward to forward cost is nan: give a finite number of at least 0, "
        + "such as 2"
    )
  }

  @Test
  func `costs are not negative and not all 0`() {
    let negative = LayerCost(name: "block", multiplyAdds: -1, parameters: 0)
    #expect(throws: SavingEstimateError.negativeCost(negative)) {
      try schedule.estimatedSaving(
        costs: [costs[0], negative, costs[2]],
        backwardForwardRatio: 2
      )
    }
    let free = LayerCost(name: "pool", multiplyAdds: 0, parameters: 0)
    #expect(throws: SavingEstimateError.nothingToSave) {
      try schedule.estimatedSaving(costs: [free, free, free], backwardForwardRatio: 2)
    }
    #expect(throws: Never.self) {
      try schedule.estimatedSaving(costs: [free, free, costs[2]], backwardForwardRatio: 2)
    }
  }

  @Test(arguments: [
    (
      SavingEstimateError.costCount(2, layerCount: 3),
      "2 layer costs do not fit a schedule of 3 layers: give one for each layer"
    ),
    (
      .negativeCost(LayerCost(name: "block", multiplyAdds: -1, parameters: 0)),
      "layer block costs -1 multiply-adds: give a number of at least 0"
    ),
    (
      .nothingToSave,
      "all layers cost 0 multiply-adds: give at least one layer a cost above 0"
    ),
  ])
  func `an error names the value and the remedy`(error: SavingEstimateError, description: String) {
    #expect(error.description == description)
  }

  @Test
  func `a layer cost survives encoding`() throws {
    let data = try JSONEncoder().encode(costs)
    #expect(try JSONDecoder().decode([LayerCost].self, from: data) == costs)
  }
}
