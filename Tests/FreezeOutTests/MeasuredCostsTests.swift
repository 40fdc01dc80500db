import Foundation
import FreezeOut
import Testing

struct MeasuredCostsTests {
  /// The sums of the parts: 6+4+8.5+2 = 20.5; 1+3.5+8.5+2 = 15; 1.5+7.5+2 = 11; 3.5+2 = 5.5.
  @Test(arguments: [(0, 41.0), (1, 30.0), (2, 22.0), (3, 11.0)])
  func `one measured step scales all`(frozenCount: Int, seconds: Double) throws {
    #expect(try MeasuredCosts.example().stepSeconds(frozenCount: frozenCount) == seconds)
  }

  @Test
  func `every measured step is met, and between two the factor goes by the modelled seconds`()
    throws
  {
    let steps = [
      MeasuredStep(frozenCount: 2, seconds: 11), MeasuredStep(frozenCount: 0, seconds: 41),
    ]
    let costs = try MeasuredCosts.example(steps: steps)
    for step in steps { #expect(costs.stepSeconds(frozenCount: step.frozenCount) == step.seconds) }
    // From 20.5 to 11 by 5.5: the factor falls from 2 to 1 by 5.5 / 9.5.
    #expect(abs(costs.stepSeconds(frozenCount: 1) - 15 * (2 - 5.5 / 9.5)) < 1e-12)
    // Behind the last measured step its factor holds.
    #expect(costs.stepSeconds(frozenCount: 3) == 5.5)
  }

  @Test
  func `shares, ratio and frozen seconds are those of the layers`() throws {
    let costs = try MeasuredCosts.example()
    let total = 7.0 + 4 + 8.5 + 2
    for (layer, trained) in [7, 4, 8.5, 2].enumerated() {
      #expect(abs(costs.share(ofLayer: layer) - trained / total) < 1e-15)
    }
    #expect(costs.backwardForwardRatio == 13 / 6.5)
    #expect(costs.frozenSeconds(of: 1..<3) == 2.5)
    #expect(costs.frozenSeconds(of: 0..<0) == 0)
  }

  @Test
  func `what a kept layer spares is a part of the whole step, and scaled as that is`() throws {
    let once = try MeasuredCosts.example()
    #expect(once.scaledFrozenSeconds == once.layers.map { 2 * $0.frozen })
    let costs = try MeasuredCosts.example(
      steps: [.init(frozenCount: 0, seconds: 41), .init(frozenCount: 2, seconds: 11)]
    )
    let factors = [2 - 5.5 / 9.5, 1, 1, 1]
    for (found, (layer, factor)) in zip(costs.scaledFrozenSeconds, zip(costs.layers, factors)) {
      #expect(abs(found - layer.frozen * factor) < 1e-12)
    }
  }

  @Test
  func `layers that took no time leave the nearest whole step`() throws {
    let idle = LayerSeconds(
      name: "idle",
      forward: 0,
      backward: 0,
      frontierBackward: 0,
      optimizer: 0,
      frozen: 0
    )
    let costs = try MeasuredCosts(
      layers: [idle, idle, idle, idle],
      steps: [.init(frozenCount: 0, seconds: 4), .init(frozenCount: 3, seconds: 1)]
    )
    #expect((0..<4).map { costs.stepSeconds(frozenCount: $0) } == [4, 4, 1, 1])
    #expect(costs.share(ofLayer: 0) == 0)
    #expect(costs.backwardForwardRatio == nil)
  }

  @Test(arguments: [
    (0, [MeasuredStep(frozenCount: 0, seconds: 1)], "there are no measured layers"),
    (4, [], "there are no measured steps"),
    (4, [MeasuredStep(frozenCount: 4, seconds: 1)], "no step has 4 of 4 layers frozen"),
    (4, [MeasuredStep(frozenCount: -1, seconds: 1)], "no step has -1 of 4 layers frozen"),
    (4, [MeasuredStep(frozenCount: 0, seconds: 0)], "cannot take 0.0 seconds"),
    (4, [MeasuredStep(frozenCount: 0, seconds: .nan)], "cannot take nan seconds"),
    (
      4, [MeasuredStep(frozenCount: 1, seconds: 1), MeasuredStep(frozenCount: 1, seconds: 2)],
      "two steps have 1 layers frozen"
    ),
  ])
  func `measurements that cannot be are refused`(
    layerCount: Int,
    steps: [MeasuredStep],
    message: String
  ) throws {
    let error = #expect(throws: MeasuredCostsError.self) {
      try MeasuredCosts(
        layers: Array(MeasuredCosts.exampleLayers.prefix(layerCount)),
        steps: steps
      )
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test
  func `a layer of negative, infinite or endless seconds is refused by its name`() {
    for seconds in [-1, Double.infinity, .nan, 1.1e9, 1e308] {
      let layer = LayerSeconds(
        name: "conv1",
        forward: 1,
        backward: 1,
        frontierBackward: seconds,
        optimizer: 1,
        frozen: 1
      )
      let error = #expect(throws: MeasuredCostsError.self) {
        try MeasuredCosts(layers: [layer], steps: [.init(frozenCount: 0, seconds: 1)])
      }
      #expect(error?.description.hasPrefix("conv1 cannot take") == true)
    }
  }

  @Test
  func `layers that are next to nothing beside the whole step are refused`() {
    // The step by such a sum is beyond all numbers.
    let layer = LayerSeconds(
      name: "conv1",
      forward: 5e-324,
      backward: 0,
      frontierBackward: 0,
      optimizer: 0,
      frozen: 0
    )
    #expect(throws: MeasuredCostsError.self) {
      try MeasuredCosts(layers: [layer], steps: [.init(frozenCount: 0, seconds: 1)])
    }
  }

  @Test
  func `measurements survive JSON, and impossible ones do not come out of it`() throws {
    let costs = try MeasuredCosts.example()
    let json = try JSONEncoder().encode(costs)
    #expect(try JSONDecoder().decode(MeasuredCosts.self, from: json) == costs)
    let broken = String(decoding: json, as: UTF8.self)
      .replacingOccurrences(of: "\"frozenCount\":0", with: "\"frozenCount\":9")
    #expect(throws: MeasuredCostsError.self) {
      try JSONDecoder().decode(MeasuredCosts.self, from: Data(broken.utf8))
    }
  }
}
