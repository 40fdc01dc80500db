import Foundation
import Testing
import Torch
import TorchNN

@testable import Training

/// A case on the way to `RecordedCase`: what a test falsifies.
///
/// The one beside these tests was recorded by Benchmarks/reference/record_case.py: DenseNet-BC k=2
/// L=10, 3 classes, t0 = 0.5, cubic, scaled, 8 iterations of 2 images at 0.01, seeds 1 to 20.
struct CaseParts {
  var json: [String: Any]
  var tensors: Safetensors

  static let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let folder = package.appendingPathComponent("Tests/RecordedCases/densenet-bc-cubic-scaled")

  /// Recorded runs of the published code, where this checkout has them beside it.
  static let published: [URL] = {
    let folder = package.deletingLastPathComponent().appendingPathComponent("shared/reference")
    let entries =
      (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil))
      ?? []
    return entries.filter {
      FileManager.default.fileExists(atPath: $0.appendingPathComponent("case.json").path)
    }
    .sorted { $0.path < $1.path }
  }()

  init() throws {
    let data = try Data(contentsOf: Self.folder.appendingPathComponent("case.json"))
    json = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    tensors = try Safetensors(
      contentsOf: Self.folder.appendingPathComponent("tensors.safetensors")
    )
  }

  var recorded: RecordedCase {
    get throws {
      try RecordedCase(json: JSONSerialization.data(withJSONObject: json), tensors: tensors)
    }
  }

  /// Changes one number of a list of lists, or of a list.
  mutating func change(_ key: String, _ indices: Int..., by change: (Any) -> Any) {
    func changed(_ value: Any, _ indices: ArraySlice<Int>) -> Any {
      guard let index = indices.first else { return change(value) }
      guard var list = value as? [Any] else { return value }
      list[index] = changed(list[index], indices.dropFirst())
      return list
    }
    json[key] = json[key].map { changed($0, indices[...]) }
  }

  /// Changes one element of a tensor.
  mutating func change(tensor name: String, _ index: Int, by change: (Float) -> Float) throws {
    let tensor = try #require(tensors.tensors[name])
    var values = try tensor.floats()
    values[index] = change(values[index])
    tensors.tensors[name] = try Tensor(values, shape: tensor.shape)
  }

  mutating func change(label index: Int, to label: Int64) throws {
    let tensor = try #require(tensors.tensors["labels"])
    var values = try tensor.integers()
    values[index] = label
    tensors.tensors["labels"] = try Tensor(values, shape: tensor.shape)
  }
}

extension RecordedCase {
  /// The comparisons that fail.
  func failures(precision: Replay.Precision = .float64) throws -> [String] {
    try Replay(of: self, precision: precision).disagreements.filter { !$0.passes }.map(\.name)
  }
}
