extension Schedule {
  /// The layer's learning rate in iteration 0: `baseLearningRate / t_i` if rates are scaled, else
  /// `baseLearningRate`.
  ///
  /// - Precondition: the layer is in 0..<`layerCount`.
  public func initialLearningRate(ofLayer layer: Int) -> Double {
    let time = freezeTime(ofLayer: layer)
    return scalesLearningRates ? baseLearningRate / time : baseLearningRate
  }

  /// The layer's learning rate in the iteration, or `nil` if the layer is frozen.
  ///
  /// With `j` iterations done it is `0.5 * a_i * (1 + cos(pi * j / (t_i * iterations)))`, where
  /// `a_i` is the initial rate. The paper's equation 1 lacks the factor 0.5; the README of the
  /// published code says so. From iteration `iterations` on, a layer that is not frozen has rate 0.
  ///
  /// - Precondition: the layer is in 0..<`layerCount` and the iteration is not negative.
  public func learningRate(ofLayer layer: Int, atIteration iteration: Int) -> Double? {
    guard !isFrozen(layer: layer, atIteration: iteration) else { return nil }
    // Past the end the cosine would rise again.
    guard iteration < iterations else { return 0 }
    let phase = Double.pi * Double(iteration) / freezePoint(ofLayer: layer)
    return 0.5 * initialLearningRate(ofLayer: layer) * (1 + cosine(phase))
  }

  /// The learning rates of all layers in the iteration, by layer; `nil` where the layer is frozen.
  ///
  /// - Precondition: the iteration is not negative.
  public func learningRates(atIteration iteration: Int) -> [Double?] {
    (0..<layerCount).map { learningRate(ofLayer: $0, atIteration: iteration) }
  }
}
