import Testing
import Torch

// Each in a process of its own, where no other test makes or releases tensors meanwhile.
struct LeakTests {
  @Test
  func `operations that succeed release what they made`() async {
    await #expect(processExitsWith: .success) {
      let start = Tensor.liveCount
      do {
        let kept = try Tensor.full([2], value: 1)
        #expect(Tensor.liveCount == start + 1)
        _ = try kept.copied().relu()
        #expect(Tensor.liveCount == start + 1)
      }
      #expect(Tensor.liveCount == start)
      for golden in operationGoldens
      where golden.runningMean == nil && golden.operandShapes.count < 3 {
        let operands = try golden.operandShapes.map { try Tensor.leaf($0, seed: 1) }
        let output = try golden.operation(operands)
        #expect(Tensor.liveCount == start + operands.count + 1, "\(golden.name)")
        guard output.shape.isEmpty else { continue }
        try output.backward()
        #expect(Tensor.liveCount == start + operands.count + 1, "a gradient is no handle")
      }
      #expect(Tensor.liveCount == start)
      _ = try Tensor(channelsLast: [1, 1, 2, 2]) { $0.initialize(repeating: 0) }.floats()
      #expect(Tensor.liveCount == start)
    }
  }

  @Test
  func `operations that fail release what they made`() async {
    await #expect(processExitsWith: .success) {
      struct Failure: Error {}
      let start = Tensor.liveCount
      for refused in refusedCalls {
        #expect(throws: TorchError.self) { try refused.call() }
        #expect(Tensor.liveCount == start, "\(refused.what)")
      }
      #expect(throws: Failure.self) {
        _ = try Tensor(channelsLast: [1, 1, 2, 2]) { _ in throw Failure() }
      }
      #expect(Tensor.liveCount == start)
    }
  }
}
