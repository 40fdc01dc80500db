import Foundation
import Testing
import Torch
import TorchNN

@testable import Training

struct ReplayTests {
  @Test(arguments: Replay.Precision.allCases)
  func `a recorded run passes, and its figures agree much better than they must`(
    precision: Replay.Precision
  ) throws {
    let replay = try Replay(of: CaseParts().recorded, precision: precision)
    #expect(replay.passes)
    #expect(
      replay.disagreements.map(\.name)
        == ["loss", "rates", "frozen", "weights", "log-probabilities"]
    )
    #expect(replay.disagreements.map(\.tolerance) == [1e-5, 1e-9, 0, 1e-4, 1e-4])
    let values = replay.disagreements.map(\.value)
    #expect(values[0] < 1e-6 && values[1] < 1e-15 && values[2] == 0)
    #expect(values[3] < 1e-5 && values[4] < 1e-5)
    // Float rounding of the recording at the least: something was compared. In float32 a processor may give the very
    // numbers that were recorded.
    guard precision == .float64 else { return }
    #expect(values[0] > 0 && values[3] > 0 && values[4] > 0)
  }

  @Test(arguments: CaseParts.published)
  func `a recorded run of the published code passes`(folder: URL) throws {
    let recorded = try RecordedCase(
      description: folder.appendingPathComponent("case.json"),
      tensors: folder.appendingPathComponent("tensors.safetensors")
    )
    #expect(try recorded.failures() == [])
  }

  static let falsified: [(String, [String], @Sendable (inout CaseParts) throws -> Void)] = [
    ("the first loss", ["loss"], { $0.change("losses", 0) { ($0 as? Double ?? 0) * 1.00002 } }),
    ("the last loss", ["loss"], { $0.change("losses", 7) { ($0 as? Double ?? 0) * 0.99998 } }),
    ("a loss of 0", ["loss"], { $0.change("losses", 3) { _ in 0 } }),
    ("a rate", ["rates"], { $0.change("learning_rates", 4, 5) { ($0 as? Double ?? 0) + 2e-9 } }),
    ("a rate that is none", ["rates"], { $0.change("learning_rates", 7, 6) { _ in NSNull() } }),
    ("a rate of what is frozen", ["rates"], { $0.change("learning_rates", 7, 0) { _ in 0 } }),
    (
      "a rate too few", ["rates"],
      { $0.change("learning_rates", 2) { Array(($0 as? [Any] ?? []).dropLast()) } }
    ),
    ("a frozen layer too few", ["frozen"], { $0.change("frozen", 2) { _ in [0] } }),
    ("a frozen layer too many", ["frozen"], { $0.change("frozen", 0) { _ in [0] } }),
    ("another frozen layer", ["frozen"], { $0.change("frozen", 2) { _ in [0, 2] } }),
    ("a frozen layer twice", ["frozen"], { $0.change("frozen", 2) { _ in [0, 1, 1] } }),
    (
      "a final weight", ["weights"],
      { try $0.change(tensor: "final/dense3.0.conv1.weight", 3) { $0 + 0.01 } }
    ),
    (
      "a final weight of the frozen stem", ["weights"],
      { try $0.change(tensor: "final/conv1.weight", 0) { $0 + 0.01 } }
    ),
    (
      "a running statistic", ["weights"],
      { try $0.change(tensor: "final/dense1.0.bn2.running_var", 0) { $0 * 1.01 } }
    ),
    (
      "a final weight that is no number", ["weights"],
      { try $0.change(tensor: "final/fc.bias", 1) { _ in .nan } }
    ),
    (
      "a final weight of other sizes", ["weights"],
      {
        let tensor = try #require($0.tensors.tensors["final/fc.weight"])
        $0.tensors.tensors["final/fc.weight"] = try Tensor(
          tensor.floats(),
          shape: tensor.shape.reversed()
        )
      }
    ),
    (
      "a log-probability", ["log-probabilities"],
      { try $0.change(tensor: "final_log_probabilities", 5) { $0 + 2e-4 } }
    ),
    (
      "a log-probability that is no number", ["log-probabilities"],
      { try $0.change(tensor: "final_log_probabilities", 0) { _ in .nan } }
    ),
    (
      "log-probabilities too few", ["log-probabilities"],
      {
        $0.tensors.tensors["final_log_probabilities"] = try Tensor([0, 0] as [Float], shape: [2])
      }
    ),
    (
      "a label", ["loss", "weights", "log-probabilities"],
      {
        let label = try #require($0.tensors.tensors["labels"]).integers()[0]
        try $0.change(label: 0, to: (label + 1) % 3)
      }
    ),
    (
      "an initial weight", ["loss", "weights", "log-probabilities"],
      { try $0.change(tensor: "initial/conv1.weight", 0) { $0 + 0.1 } }
    ),
    (
      "the input of the last step", ["loss", "weights", "log-probabilities"],
      { parts in
        let last = 15 * 3_072
        try parts.change(tensor: "inputs", last) { $0 + 30 }
      }
    ),
    (
      "the rate at the start", ["loss", "rates", "weights", "log-probabilities"],
      { $0.json["base_lr"] = 0.011 }
    ),
    ("the momentum", ["loss", "weights", "log-probabilities"], { $0.json["momentum"] = 0.5 }),
    ("Nesterov", ["loss", "weights", "log-probabilities"], { $0.json["nesterov"] = false }),
    (
      "the weight decay", ["loss", "weights", "log-probabilities"],
      { $0.json["weight_decay"] = 0.01 }
    ),
    (
      "the scaling of rates", ["loss", "rates", "weights", "log-probabilities"],
      { $0.json["scale_lr"] = false }
    ),
    (
      "the growth", ["loss", "rates", "frozen", "weights", "log-probabilities"],
      { $0.json["how_scale"] = "linear" }
    ),
  ]

  @Test(arguments: falsified.indices)
  func `with one figure falsified, a run fails in exactly that comparison`(index: Int) throws {
    let (label, failures, falsify) = Self.falsified[index]
    var parts = try CaseParts()
    try falsify(&parts)
    #expect(try parts.recorded.failures() == failures, "\(label)")
  }

  @Test
  func `a case that drifts more may disagree more, twenty times its drift`() throws {
    var parts = try CaseParts()
    parts.json["float32_drift"] = [
      "loss": 1e-3, "final_weights": 2e-3, "log_probabilities": 3e-3,
    ]
    parts.change("losses", 0) { ($0 as? Double ?? 0) * 1.019 }
    try parts.change(tensor: "final_log_probabilities", 0) { $0 + 0.059 }
    let replay = try Replay(of: parts.recorded)
    #expect(replay.passes)
    #expect(replay.disagreements.map(\.tolerance) == [0.02, 1e-9, 0, 0.04, 0.06])
    parts.change("losses", 0) { ($0 as? Double ?? 0) * 1.019 }
    #expect(try parts.recorded.failures() == ["loss"])
  }
  @Test
  func `a disagreement that is no number is never lost`() {
    #expect(larger(.nan, 1).isNaN && larger(1, .nan).isNaN && larger(1, 2) == 2)
    #expect(largestDifference([.nan, 1], [1, 1]).isNaN)
    #expect(largestDifference([1, .nan, 1], [1, 1, 4]).isNaN)
    #expect(largestDifference([nil, 1], [nil, 3]) == 2)
    #expect(largestDifference([nil, 1], [1, 1]) == .infinity)
    #expect(largestDifference([1], [1, 1]) == .infinity)
  }
}
