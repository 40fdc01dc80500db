import Foundation
import Models
import Testing
import Torch
import TorchNN

@Suite(.enabled(if: Python.hasPyTorch, Comment(rawValue: Python.remedy)))
struct InteropTests {
  @Test
  func `weights go to PyTorch and back with the same log-probabilities`() throws {
    try withTemporaryFolder { folder in
      let input = try images(8, seed: 11)
      var cases: [(network: Network, folder: URL)] = []
      for (index, small) in SmallArchitecture.all.enumerated() {
        let place = folder.appendingPathComponent("\(index)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let network = try small.network(classCount: 10 + index)
        // Steps that leave no weight and no running statistic where it began.
        let optimizer = network.optimizer()
        for step in 0..<3 {
          try network.makeGradients(frozenCount: 0, seed: UInt64(step))
          try optimizer.step(learningRates: network.stages.map { _ in 0.02 })
        }
        try Data("\(small.reference), \"classes\": \(10 + index)}".utf8)
          .write(to: place.appendingPathComponent("case.json"))
        try Safetensors(tensors: StateDictionary(network.state).tensors)
          .write(to: place.appendingPathComponent("weights.safetensors"))
        try Safetensors(tensors: ["inputs": input])
          .write(to: place.appendingPathComponent("inputs.safetensors"))
        cases.append((network, place))
      }

      let (status, output) = try Python.run(
        [
          Python.file("Tests/Python/interop.py"), "networks",
          Python.file("Benchmarks/reference/models.py"),
        ] + cases.map(\.folder.path)
      )
      try #require(status == 0, "\(output)")

      for (network, place) in cases {
        let ours = try network(input, mode: .inference)
        try expectClose(ours, to: place.appendingPathComponent("answer.safetensors"))
        // With num_batches_tracked, which PyTorch counts and nothing reads.
        let changed = try Safetensors(
          contentsOf: place.appendingPathComponent("changed.safetensors")
        )
        #expect(changed.tensors.keys.contains { $0.hasSuffix("bn1.num_batches_tracked") })
        try changed.stateDictionary.load(into: network.state)
        let back = try network(input, mode: .inference)
        try expectClose(back, to: place.appendingPathComponent("changed_answer.safetensors"))
        #expect(zip(try ours.doubles(), try back.doubles()).contains { abs($0 - $1) > 1e-2 })
      }
    }
  }

  @Test
  func `tensors of every type go to Python's safetensors and back`() throws {
    try withTemporaryFolder { folder in
      let there = folder.appendingPathComponent("there.safetensors")
      let back = folder.appendingPathComponent("back.safetensors")
      let rows = try Tensor((0..<24).map(Float.init), shape: [2, 3, 2, 2])
      try Safetensors(
        tensors: [
          "u8": try Tensor([Int64(0), 7, 127], shape: [3]).converted(to: .uint8),
          "i64": try Tensor([Int64(-5), 1 << 40], shape: [2, 1]),
          "f32": try rows.arranged(in: .channelsLast),
          "f64": try Tensor([0.1, -1e300], shape: [2]),
          "scalar": try Tensor([Float(2.5)], shape: []),
          "empty": try Tensor([Float](), shape: [0, 3]),
          "n\u{e4}me/\u{1f600}": try Tensor([Float(1)], shape: [1]),
        ],
        metadata: ["by": "Swift", "\u{e4}": "\u{df}"]
      ).write(to: there)
      let (status, output) = try Python.run(
        [Python.file("Tests/Python/interop.py"), "tensors", there.path, back.path]
      )
      try #require(status == 0, "\(output)")

      let read = try Safetensors(contentsOf: back)
      #expect(read.metadata == ["by": "Python"])
      #expect(try read.tensors["u8"]?.integers() == [0, 14, 254])
      #expect(try read.tensors["u8"]?.scalarType == .uint8)
      #expect(try read.tensors["i64"]?.integers() == [-10, 1 << 41])
      #expect(try read.tensors["f32"]?.floats() == (0..<24).map { Float($0) * 2 })
      #expect(read.tensors["f32"]?.shape == [2, 3, 2, 2])
      #expect(try read.tensors["f64"]?.doubles() == [0.2, -2e300])
      #expect(try read.tensors["scalar"]?.floats() == [5])
      #expect(read.tensors["scalar"]?.shape == [])
      #expect(read.tensors["empty"]?.shape == [0, 3])
      #expect(try read.tensors["n\u{e4}me/\u{1f600}"]?.floats() == [2])
      #expect(read.tensors.count == 7)
    }
  }

  private func expectClose(
    _ logProbabilities: Tensor,
    to file: URL,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let theirs = try #require(try Safetensors(contentsOf: file).tensors["log_probabilities"])
    #expect(theirs.shape == logProbabilities.shape, sourceLocation: sourceLocation)
    let worst = zip(try theirs.doubles(), try logProbabilities.doubles()).map { abs($0 - $1) }.max()
    #expect(worst.map { $0 < 1e-4 } == true, "\(worst ?? -1)", sourceLocation: sourceLocation)
  }

  /// Runs the body with a folder of its own, which goes with it.
  private func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("freezeout-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }
}
