extension PeerPrograms {
  /// How a peer freezes layers, keeps images in memory and runs.
  struct Way: Hashable {
    var freezing: String
    var layout: String
    /// Whether it goes through `torch.compile`.
    var isCompiled = false

    var name: String { "PyTorch \(isCompiled ? "compiled, " : "")\(freezing), \(layout)" }
  }

  /// The ways that are compared.
  struct Ways {
    /// Whether there are those that run operation by operation.
    var eager: Bool
    /// Whether there is one that is compiled. One is enough, as compiling takes minutes: frozen in the
    /// published way, which leaves no backward pass of the frozen layers, and channels last, which is the
    /// faster layout.
    var compiled: Bool

    /// Nothing is compared.
    static let none = Ways(eager: false, compiled: false)

    /// With so many layers frozen.
    func ofSteps(frozenCount: Int) -> [Way] {
      ways(frozenCount == 0 ? ["baseline"] : ["published", "composer"])
    }

    /// Of the frozen layers alone.
    var ofFrozenLayers: [Way] { ways(["published"]) }

    private func ways(_ freezing: [String]) -> [Way] {
      let eagerWays = freezing.flatMap { way in
        ["nchw", "channels_last"].map { Way(freezing: way, layout: $0) }
      }
      let compiledWay = Way(freezing: freezing[0], layout: "channels_last", isCompiled: true)
      return (eager ? eagerWays : []) + (compiled ? [compiledWay] : [])
    }
  }
}
