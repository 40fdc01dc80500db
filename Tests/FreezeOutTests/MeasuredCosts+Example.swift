import FreezeOut

extension MeasuredCosts {
  /// Four layers whose step takes 20 s by its parts: 2+4+0, 1+2+1, 3+5+0, 0.5+1+0.5. Whole steps
  /// take longer than their parts with nothing frozen, and as long with two layers frozen.
  static func example(steps: [MeasuredStep] = [.init(frozenCount: 0, seconds: 41)]) throws
    -> MeasuredCosts
  {
    try MeasuredCosts(layers: exampleLayers, steps: steps)
  }

  static let exampleLayers: [LayerSeconds] = [
    .init(name: "a", forward: 2, backward: 5, frontierBackward: 4, optimizer: 0, frozen: 1),
    .init(name: "b", forward: 1, backward: 2, frontierBackward: 1.5, optimizer: 1, frozen: 0.5),
    .init(name: "c", forward: 3, backward: 5, frontierBackward: 4, optimizer: 0.5, frozen: 2),
    .init(name: "d", forward: 0.5, backward: 1, frontierBackward: 1, optimizer: 0.5, frozen: 0.25),
  ]
}
