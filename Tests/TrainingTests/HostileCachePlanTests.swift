import Foundation
import FreezeOut
import Testing
import TorchNN

@testable import Training

/// Plans of what to keep that a checkpoint's file may hold and no run has made.
struct HostileCachePlanTests {
  private static func configuration(keepsFeatures: Bool = true) -> RunConfiguration {
    var configuration = tinyConfiguration(.denseNetBC)
    configuration.epochs = 8
    configuration.freezing?.firstFreeze = 0.3
    configuration.augment = false
    configuration.caching = keepsFeatures ? FeatureCaching(budgetBytes: 1 << 30) : nil
    return configuration
  }

  /// The plan of a run by which all is kept that can be.
  private func plan() throws -> CachePlan {
    let trainer = try tinyTrainer(Self.configuration())
    var costs = try #require(try trainer.unmeasuredCacheCosts())
    costs.frozenSeconds = costs.frozenSeconds.map { _ in 1 }
    return CachePlan(schedule: trainer.learner.schedule, costs: costs)
  }

  private func changed(
    _ plan: CachePlan,
    _ change: (_ costs: inout [String: Any], _ stores: inout [[String: Any]]) -> Void
  ) throws -> CachePlan {
    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(plan))
    var object = try #require(json as? [String: Any])
    var costs = try #require(object["costs"] as? [String: Any])
    var stores = try #require(object["stores"] as? [[String: Any]])
    change(&costs, &stores)
    (object["costs"], object["stores"]) = (costs, stores)
    let data = try JSONSerialization.data(withJSONObject: object)
    return try JSONDecoder().decode(CachePlan.self, from: data)
  }

  /// What is said of a plan where a run is restored; nil where it is restored.
  private func refusal(
    of plan: CachePlan?,
    by configuration: RunConfiguration = configuration(),
    cacheUse: FeatureCacheUse? = nil
  ) throws -> String? {
    let trainer = try tinyTrainer(configuration)
    let whole = try trainer.checkpoint
    let checkpoint = Checkpoint(
      configuration: configuration,
      iteration: 0,
      records: [],
      progress: whole.progress,
      lossCurve: whole.lossCurve,
      cachePlan: plan,
      cacheUse: cacheUse,
      state: whole.state,
      path: nil
    )
    do {
      try trainer.restore(checkpoint)
      return nil
    } catch TrainingError.checkpoint(_, let reason) {
      return reason
    }
  }

  @Test
  func `a plan that is not today's is kept to`() throws {
    let plan = try plan()
    #expect(plan.stores.count > 2)
    #expect(try refusal(of: plan) == nil)
    #expect(try refusal(of: changed(plan) { _, stores in stores.removeLast() }) == nil)
    #expect(try refusal(of: changed(plan) { _, stores in stores.removeAll() }) == nil)
    #expect(try refusal(of: changed(plan) { costs, _ in costs["budgetBytes"] = 1 << 29 }) == nil)
  }

  @Test(arguments: [
    \FeatureCacheUse.readCount, \.computedCount, \.damagedCount, \.rebuiltCount,
  ])
  func `counts that overflow when they grow are refused, as are those of a run that keeps nothing`(
    path: WritableKeyPath<FeatureCacheUse, Int> & Sendable
  ) throws {
    let reason = "what came of its kept features cannot be"
    var use = FeatureCacheUse()
    use[keyPath: path] = 1_000_000
    #expect(try refusal(of: plan(), cacheUse: use) == nil)
    #expect(
      try refusal(of: nil, by: Self.configuration(keepsFeatures: false), cacheUse: use) == reason
    )
    for count in [-1, Int.max] {
      use[keyPath: path] = count
      #expect(try refusal(of: plan(), cacheUse: use) == reason)
    }
  }

  @Test
  func `a plan of a run that keeps nothing is refused`() throws {
    #expect(
      try refusal(of: plan(), by: Self.configuration(keepsFeatures: false))
        == "it keeps features, and the run keeps none"
    )
  }

  @Test(
    arguments: [
      ("slotCount", .max, "has 9223372036854775807 inputs, and the run 27"),
      ("slotCount", 26, "has 26 inputs, and the run 27"),
      ("inputsPerIteration", 1, "has 1 inputs in an iteration, and the run 8"),
      ("iterationsPerEpoch", .max, "has 9223372036854775807 iterations in an epoch, and the run 4"),
      ("viewCount", 2, "has 2 views, and the run 1"),
      ("overheadBytes", 0, "has 0 bytes of overhead, and the run 8192"),
      ("budgetBytes", .max, "takes 9223372036854775807 bytes, and the run has 1073741824"),
    ] as [(String, Int, String)]
  )
  func `numbers of another run are refused`(key: String, value: Int, reason: String) throws {
    let plan = try changed(plan()) { costs, _ in costs[key] = value }
    #expect(try refusal(of: plan) == "its plan of what to keep \(reason)")
  }

  @Test
  func `sizes, layers and inputs of another run are refused`() throws {
    let plan = try plan()
    let overflow = try changed(plan) { costs, _ in
      costs["slotCount"] = Int.max
      costs["inputsPerIteration"] = 1
      costs["featureBytes"] = plan.costs.featureBytes.map { _ in 0 }
    }
    let reason = "its plan of what to keep has other sizes of features than the run"
    #expect(try refusal(of: overflow) == reason)
    let fewer = try changed(plan) { costs, _ in
      costs["frozenSeconds"] = [1]
      costs["featureBytes"] = [1]
    }
    #expect(try refusal(of: fewer) == reason)
    let redrawn = try changed(plan) { costs, _ in costs["redrawsInputs"] = true }
    #expect(try refusal(of: redrawn) == "its plan of what to keep has inputs that are drawn anew")
  }

  /// The first two stores with another value.
  @Test(
    arguments: [
      (0, "begin", -1, "has no times in order for store 0"),
      (0, "full", 0, "has no times in order for store 0"),
      (0, "end", 33, "has no times in order for store 0"),
      (0, "end", .max, "has no times in order for store 0"),
      (1, "begin", 0, "has no times in order for store 1"),
      (0, "frontier", 0, "has 0 layers where 3 are frozen for store 0"),
      (0, "frontier", 7, "has 7 layers where 3 are frozen for store 0"),
      (0, "frontier", .max, "has 9223372036854775807 layers where 3 are frozen for store 0"),
      (0, "source", 1, "has no source for store 0"),
      (0, "source", -1, "has no source for store 0"),
      (1, "source", 0, "has one too many stores at once for store 1"),
      (1, "source", .min, "has no source for store 1"),
    ] as [(Int, String, Int, String)]
  )
  func `stores that cannot be are refused`(place: Int, key: String, value: Int, reason: String)
    throws
  {
    let plan = try changed(plan()) { _, stores in stores[place][key] = value }
    let found = try refusal(of: plan)
    #expect(found == "its plan of what to keep \(reason)")
  }

  @Test
  func `stores for which the budget has no room, and three at once, are refused`() throws {
    let plan = try plan()
    let poor = try changed(plan) { costs, _ in costs["budgetBytes"] = 10_000 }
    #expect(try refusal(of: poor) == "its plan of what to keep has no room for store 0")
    let long = try changed(plan) { _, stores in stores[0]["end"] = 32 }
    #expect(
      try refusal(of: long) == "its plan of what to keep has three stores at once for store 2"
    )
  }
}
