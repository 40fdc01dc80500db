import Foundation
import Testing
import Torch
import TorchNN

@testable import Training

struct CheckpointTests {
  static let key = "freezeout.checkpoint"

  /// The file of a run after five iterations.
  private func file() throws -> Safetensors {
    let trainer = try tinyTrainer(tinyConfiguration())
    #expect(throws: Stop.self) {
      try trainer.run { event in
        if case .iteration(let report) = event, report.iterations == 5 { throw Stop() }
      }
    }
    return try trainer.checkpoint.safetensors()
  }

  @Test
  func `a file of tensors without a run is no checkpoint`() throws {
    #expect(throws: TrainingError.checkpoint(reason: "the file holds tensors, but no run")) {
      try Checkpoint(Safetensors(tensors: [:]))
    }
  }

  @Test(
    arguments: [
      "", "{", "[]", "{}", #"{"iteration":"one"}"#, #"{"iteration":1e400}"#, "\u{0}",
      #"{"configuration":{},"iteration":1,"records":[],"progress":{}}"#,
    ]
  )
  func `a description that is none is refused`(text: String) throws {
    let error = #expect(throws: TrainingError.self) {
      try Checkpoint(Safetensors(tensors: [:], metadata: [Self.key: text]))
    }
    #expect(
      error?.description
        == "the checkpoint cannot be used: its description of the run cannot be read"
    )
  }

  @Test(arguments: [-1, 13, Int.max, Int.min])
  func `an iteration that the run does not have is refused`(iteration: Int) throws {
    var file = try file()
    let text = try #require(file.metadata[Self.key])
    #expect(text.contains(#""iteration":5,"#))
    file.metadata[Self.key] = text.replacingOccurrences(
      of: #""iteration":5,"#,
      with: #""iteration":\#(iteration),"#
    )
    let trainer = try tinyTrainer(tinyConfiguration())
    #expect(throws: TrainingError.checkpoint(reason: "it is at iteration \(iteration) of 12")) {
      try trainer.restore(Checkpoint(file))
    }
  }

  @Test
  func `missing, surplus and misshapen tensors are refused by name`() throws {
    let whole = try file()
    let five = try Tensor([1, 2, 3, 4, 5] as [Float], shape: [5])
    let damages: [(String, (inout Safetensors) -> Void, StateDictionaryError)] = [
      (
        "a weight is missing", { $0.tensors["weights/fc.bias"] = nil },
        .names(missing: ["fc.bias"], unexpected: [])
      ),
      (
        "a weight is surplus", { $0.tensors["weights/more"] = five },
        .names(missing: [], unexpected: ["more"])
      ),
      (
        "a weight has another shape", { $0.tensors["weights/fc.bias"] = five },
        .shape(name: "fc.bias", found: [5], expected: [3])
      ),
      (
        "a momentum is missing", { $0.tensors["momenta/fc.bias"] = nil },
        .names(missing: ["fc.bias"], unexpected: [])
      ),
      (
        "a momentum of what is frozen", { $0.tensors["momenta/conv1.weight"] = five },
        .names(missing: [], unexpected: ["conv1.weight"])
      ),
      (
        "a momentum has another shape", { $0.tensors["momenta/fc.bias"] = five },
        .shape(name: "fc.bias", found: [5], expected: [3])
      ),
    ]
    for (label, damage, expected) in damages {
      var damaged = whole
      damage(&damaged)
      let trainer = try tinyTrainer(tinyConfiguration())
      let checkpoint = try Checkpoint(damaged)
      #expect(throws: expected, "\(label)") { try trainer.restore(checkpoint) }
    }
    try tinyTrainer(tinyConfiguration()).restore(Checkpoint(whole))
  }

  @Test
  func `a file that is missing, cut short or of something else is refused`() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("training-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("checkpoint.safetensors")
    #expect(throws: SafetensorsError.self) { try Checkpoint(contentsOf: path) }
    let whole = try file().encoded()
    for length in [0, 7, 8, 100, whole.count / 2, whole.count - 1] {
      try whole.prefix(length).write(to: path)
      let error = #expect(throws: SafetensorsError.self) { try Checkpoint(contentsOf: path) }
      #expect(error?.description.contains(path.path) == true)
    }
    try whole.write(to: path)
    _ = try Checkpoint(contentsOf: path)
    #expect(throws: SafetensorsError.self) {
      try file().write(to: folder.appendingPathComponent("none/checkpoint.safetensors"))
    }
  }
}
