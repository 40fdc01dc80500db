/// What one layer of a network costs.
public struct LayerCost: Hashable, Sendable, Codable {
  /// The layer's name, for people.
  public let name: String
  /// The multiplications with addition of one forward pass of one image.
  public let multiplyAdds: Int
  /// The number of trained parameters.
  public let parameters: Int

  /// The cost of the layer `name`: `multiplyAdds` for one image forward, and its parameters.
  public init(name: String, multiplyAdds: Int, parameters: Int) {
    self.name = name
    self.multiplyAdds = multiplyAdds
    self.parameters = parameters
  }
}
