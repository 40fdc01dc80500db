import Foundation
import FreezeOut
import Testing
import Training

@testable import FreezeOutCommand

struct PlanRunTests {
  private static let network = ["-L", "10", "-k", "4", "--dataset", "cifar10", "--threads", "1"]

  private func plan(_ arguments: [String]) throws -> Program.Outcome {
    try Program.run(["plan"] + Self.network + arguments, in: TemporaryFolder())
  }

  @Test
  func `a plan needs no data, writes nothing, and lists every layer`() throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(["plan"] + Self.network, in: folder)
    #expect(outcome.status == 0 && outcome.errors == "")
    #expect(folder.listing == [])
    let lines = outcome.lines
    #expect(lines[0].hasPrefix("DenseNet-BC k=4 L=10 on cifar10: 45,000 images, batch 50, 900 "))
    #expect(lines[1] == "FreezeOut, cubic, rates scaled, t0 = 0.8: 6 freeze events")
    #expect(lines[2].split(separator: " ").first == "layer")
    #expect(lines[3].split(separator: " ").prefix(2) == ["conv1", "216"])
    // 0.512 of 90,000 iterations.
    #expect(lines[3].contains("46,081") && lines[3].hasSuffix("0.195"))
    #expect(lines[9].contains("never"))
    #expect(outcome.lines.contains { $0.hasPrefix("by measurement") && $0.contains("none") })
  }

  @Test
  func `JSON has the whole plan`() throws {
    struct Plan: Decodable {
      struct Layer: Decodable {
        var name: String
        var freezeIteration: Int?
      }
      struct Solution: Decodable {
        var growth: Growth
        var firstFreeze: Double?
        var saving: Double
      }
      struct Prediction: Decodable {
        var epochSeconds: [Double]
      }
      var layers: [Layer]
      var measuredSaving: Double?
      var multiplyAddsSaving: Double
      var costs: MeasuredCosts?
      var prediction: Prediction?
      var search: [Solution]?
      var advice: [String]
    }
    let outcome = try plan([
      "--json", "--measure", "--save", "0.1", "--epochs", "7", "--batch-size", "8",
    ])
    #expect(outcome.status == 0)
    let plan = try JSONDecoder().decode(Plan.self, from: Data(outcome.output.utf8))
    #expect(plan.layers.count == 7 && plan.layers.last?.freezeIteration == nil)
    #expect(plan.prediction?.epochSeconds.count == 7)
    #expect(plan.costs?.layers.count == 7)
    #expect(plan.search?.map(\.growth) == Growth.allCases)
    let cubic = try #require(plan.search?.last)
    #expect(abs((plan.measuredSaving ?? 0) - 0.1) < 0.01 && cubic.saving >= 0.1)
  }

  @Test
  func `what cannot be saved is said, and what speaks against freezing`() throws {
    let outcome = try plan(["--save", "95%"])
    #expect(outcome.status == 0)
    for growth in Growth.allCases {
      #expect(
        outcome.lines.contains { $0.hasPrefix(growth.rawValue) && $0.contains("at most, with t0") }
      )
    }
    #expect(outcome.output.contains("cubic cannot save as much; the plan of cubic with t0 = 0.8"))
    #expect(try plan(["--save", "5%"]).output.contains("\nthe plan of cubic with t0 = 0."))
    #expect(try plan(["--t0", "0.99"]).output.contains("note: t0 = 0.99 leaves little to save"))
    #expect(try plan(["--t0", "0.2"]).output.contains("note: cubic growth with t0 = 0.2"))
    #expect(try plan(["--no-freeze-out"]).output.contains("note: no layer freezes"))
  }

  @Test
  func `what is worth keeping is in the plan, or that it takes measuring to know`() throws {
    let keeping = ["--views", "1", "--cache-features"]
    #expect(try plan(keeping).output.contains("features: --measure tells which are worth keeping"))
    struct Plan: Decodable {
      var cache: CachePlan?
    }
    let outcome = try plan(keeping + ["--json", "--measure", "--t0", "0.5"])
    let found = try JSONDecoder().decode(Plan.self, from: Data(outcome.output.utf8))
    #expect(found.cache?.stores.isEmpty == false)
  }

  @Test
  func `more than the whole run takes cannot be saved`() throws {
    let outcome = try plan(["--save-time", "1000h"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--save-time 1000 h 00 min cannot be saved: the whole run"))
  }

  @Test(arguments: [
    (["--no-freeze-out", "--save", "20%"], "a run with --no-freeze-out saves nothing"),
    (
      ["--save", "20%", "--save-time", "1m"], "--save and --save-time ask for two different things"
    ),
    (["--save", "120%"], "The value '120%' is invalid"),
    (["--save", "-5%"], "The value '-5%' is invalid"),
    (["--save-time", "soon"], "The value 'soon' is invalid"),
    (["--epochs", "0"], "epochs cannot be 0"), (["--t0", "2"], "the first freeze (t0) is 2.0"),
    (["--depth", "75"], "DenseNet-BC has no depth 75"),
  ])
  func `impossible plans are refused`(arguments: [String], message: String) throws {
    let outcome = try plan(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }
}
