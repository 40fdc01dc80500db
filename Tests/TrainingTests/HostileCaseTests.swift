import Foundation
import FreezeOut
import Models
import Testing
import Torch
import TorchNN

@testable import Training

/// Cases that cannot be replayed end in an error that says why, never in a crash.
struct HostileCaseTests {
  private func error(_ damage: (inout CaseParts) throws -> Void) throws -> (any Error)? {
    var parts = try CaseParts()
    try damage(&parts)
    do {
      _ = try Replay(of: parts.recorded)
      return nil
    } catch {
      return error
    }
  }

  static let keys = [
    "model", "architecture", "classes", "t0", "how_scale", "scale_lr", "iterations", "steps",
    "batch", "base_lr", "momentum", "nesterov", "weight_decay", "losses", "learning_rates",
    "frozen", "float32_drift",
  ]

  @Test(arguments: keys)
  func `a description without one of its keys, or with a word for it, is refused`(key: String)
    throws
  {
    #expect(try error { $0.json[key] = nil } is RecordedCaseError)
    #expect(try error { $0.json[key] = ["a": "word"] } is RecordedCaseError)
    #expect(try error { $0.json[key] = NSNull() } is RecordedCaseError)
  }

  @Test(arguments: ["", "{", "[]", "null", "{\"steps\": 1e400}", "\u{FFFD}"])
  func `a description that is no JSON of one is refused`(text: String) throws {
    let tensors = try CaseParts().tensors
    #expect(throws: RecordedCaseError.self) {
      try RecordedCase(json: Data(text.utf8), tensors: tensors)
    }
  }

  static let faults: [(String, any Sendable, String)] = [
    ("classes", "three", "the key classes holds no whole number"),
    ("nesterov", 2, "the key nesterov holds no true or false"),
    ("model", 3, "the key model holds no text"),
    ("losses", 1, "the key losses holds no list"),
    ("losses", [1.0, "two"] as [any Sendable], "the key losses[1] holds no number"),
    ("how_scale", "quartic", "the key how_scale holds what it cannot hold"),
    ("classes", NSNull(), "the key classes has no value"),
    ("float32_drift", 1, "the key float32_drift holds no object"),
    ("float32_drift", ["loss": 1], "the key float32_drift.final_weights is missing"),
    ("architecture", ["depth": "ten"], "the key architecture.depth holds no whole number"),
  ]

  @Test(arguments: faults.indices)
  func `what is wrong with a description is one sentence`(index: Int) throws {
    let (key, value, message) = Self.faults[index]
    let error = try error { $0.json[key] = value }
    #expect(
      error.map { "\($0)" } == "case.json is not the description of a case: \(message)"
    )
    #expect(
      try self.error { $0.json[key] = nil }.map { "\($0)" }
        == "case.json is not the description of a case: the key \(key) is missing"
    )
  }

  @Test
  func `a network of more numbers than the file has is refused before it is made`() throws {
    let error = try error { $0.json["architecture"] = ["depth": 64_000, "growth_rate": 65_000] }
    #expect(
      error as? RecordedCaseError
        == .malformed("DenseNet-BC k=65000 L=64000 has more numbers than the initial weights")
    )
  }

  static let settings: [(String, any Sendable, String)] = [
    ("iterations", 0, "case.json has 8 steps of a run of 0 iterations"),
    ("iterations", -3, "case.json has 8 steps of a run of -3 iterations"),
    ("iterations", 7, "case.json has 8 steps of a run of 7 iterations"),
    ("iterations", Int.min, "case.json has 8 steps of a run of -9223372036854775808 iterations"),
    ("steps", 0, "case.json has 0 steps of a run of 8 iterations"),
    ("steps", -1, "case.json has -1 steps of a run of 8 iterations"),
    ("steps", 7, "case.json does not have figures for each of 7 steps"),
    ("losses", [1.0], "case.json does not have figures for each of 8 steps"),
    ("learning_rates", [[1.0]], "case.json does not have figures for each of 8 steps"),
    ("frozen", [[Int]](), "case.json does not have figures for each of 8 steps"),
    ("model", "resnext", "there is no model 'resnext'"),
    ("model", "", "there is no model ''"),
    ("model", "vgg", "the architecture of vgg is incomplete"),
    ("model", "wide-resnet", "the architecture of wide-resnet is incomplete"),
    ("architecture", ["depth": 10], "the architecture of densenet-bc is incomplete"),
    ("batch", 0, "batches of 0 images, where the network needs 1"),
    ("batch", -2, "batches of -2 images, where the network needs 1"),
    ("batch", 3, "inputs [8, 2, 3, 32, 32] and labels [8, 2] are not 8 batches of 3"),
    (
      "batch", Int.max,
      "inputs [8, 2, 3, 32, 32] and labels [8, 2] are not 8 batches of 9223372036854775807"
    ),
  ]

  @Test(arguments: settings.indices)
  func `a contradiction is refused in a sentence`(index: Int) throws {
    let (key, value, message) = Self.settings[index]
    let error = try error { $0.json[key] = value }
    #expect(error is RecordedCaseError, "\(key)")
    #expect(error.map { "\($0)" } == message)
  }

  @Test(arguments: [0.0, -0.5, 1.5, 1e-200])
  func `a first freeze that cannot be is refused`(firstFreeze: Double) throws {
    let error = try error { $0.json["t0"] = firstFreeze }
    #expect(error is RecordedCaseError)
    #expect(error.map { "\($0)".hasPrefix("case.json: the first freeze (t0) is ") } == true)
  }

  @Test(arguments: [0.0, -1.0, 1e308])
  func `a base rate that cannot be is refused`(rate: Double) throws {
    let error = try error { $0.json["base_lr"] = rate }
    #expect(error is RecordedCaseError || error is TrainingError)
  }

  @Test(
    arguments: [
      ["depth": 11, "growth_rate": 2], ["depth": 10, "growth_rate": 0],
      ["depth": -10, "growth_rate": 2], ["depth": Int.max, "growth_rate": 2],
      ["depth": Int.min, "growth_rate": 2], ["depth": 10, "growth_rate": Int.max],
      ["depth": 10, "growth_rate": 2, "reduction": 0],
    ]
  )
  func `an architecture that cannot be is refused`(architecture: [String: Int]) throws {
    #expect(try error { $0.json["architecture"] = architecture } is RecordedCaseError)
  }

  @Test(arguments: [1, 0, -1, Int.max, Int.min])
  func `a number of classes that cannot be is refused`(classes: Int) throws {
    #expect(try error { $0.json["classes"] = classes } is RecordedCaseError)
  }

  static let vggSteps: [[any Sendable]] = [
    ["M", 8], [], [8, "M", "M", "M", "M", "M", "M"], [0, "M"], [-8, "M"], [8, Int.max],
  ]

  @Test(arguments: vggSteps.indices)
  func `a VGG that cannot be is refused`(index: Int) throws {
    let error = try error {
      $0.json["model"] = "vgg"
      $0.json["architecture"] = ["configuration": Self.vggSteps[index]]
    }
    #expect(error is RecordedCaseError)
  }

  @Test
  func `a step of VGG that is neither channels nor a pool is refused`() throws {
    for step in ["N", 1.5, NSNull(), [8]] as [Any] {
      let error = try error {
        $0.json["model"] = "vgg"
        $0.json["architecture"] = ["configuration": [8, step]]
      }
      #expect(error is RecordedCaseError)
    }
  }

  // MARK: - Tensors

  @Test(arguments: ["inputs", "labels", "final_log_probabilities", "final/conv1.weight"])
  func `a case without one of its tensors is refused`(name: String) throws {
    #expect(try error { $0.tensors.tensors[name] = nil } is RecordedCaseError)
  }

  @Test
  func `initial weights that are missing, surplus or misshapen are refused by name`() throws {
    #expect(
      try error { $0.tensors.tensors["initial/fc.bias"] = nil } as? StateDictionaryError
        == .names(missing: ["fc.bias"], unexpected: [])
    )
    let five = try Tensor([1, 2, 3, 4, 5] as [Float], shape: [5])
    #expect(
      try error { $0.tensors.tensors["initial/more"] = five } as? StateDictionaryError
        == .names(missing: [], unexpected: ["more"])
    )
    #expect(
      try error { $0.tensors.tensors["initial/fc.bias"] = five } as? StateDictionaryError
        == .shape(name: "fc.bias", found: [5], expected: [3])
    )
  }

  @Test(arguments: [[8, 2, 3, 1024], [8, 2, 1, 32, 96], [16, 3, 32, 32], [49_152]])
  func `inputs of other sizes are refused`(shape: [Int]) throws {
    let error = try error { parts in
      let inputs = try #require(parts.tensors.tensors["inputs"])
      parts.tensors.tensors["inputs"] = try Tensor(inputs.floats(), shape: shape)
    }
    #expect(error is RecordedCaseError)
  }

  @Test(arguments: [3, -1, Int64.max, Int64.min])
  func `a label that is no class is refused`(label: Int64) throws {
    let error = try error { try $0.change(label: 15, to: label) }
    #expect(
      error as? RecordedCaseError == .malformed("the label \(label) is none of 3 classes")
    )
  }

  @Test
  func `inputs that are no numbers end as a run that diverged`() throws {
    let error = try error { try $0.change(tensor: "inputs", 5 * 6_144) { _ in .nan } }
    guard case .diverged(iteration: 5, _, _)? = error as? TrainingError else {
      Issue.record("the error was \(String(describing: error))")
      return
    }
  }

  @Test
  func `files that are not there are named`() throws {
    let none = CaseParts.folder.appendingPathComponent("none.json")
    let tensors = CaseParts.folder.appendingPathComponent("tensors.safetensors")
    #expect(throws: RecordedCaseError.malformed("\(none.path) cannot be read")) {
      try RecordedCase(description: none, tensors: tensors)
    }
    #expect(throws: SafetensorsError.self) {
      try RecordedCase(
        description: CaseParts.folder.appendingPathComponent("case.json"),
        tensors: none
      )
    }
  }
}
