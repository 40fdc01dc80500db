import Testing
import Torch

/// Queues of work on the CPU, where they are nothing, and of a GPU that is not there.
struct WorkQueueTests {
  @Test
  func `on the CPU what is given to a queue is done when the call returns`() throws {
    let queue = try WorkQueue(on: .cpu)
    let values = try Tensor.full([2], value: 1)
    let sum = try queue.run { try values.adding(values) }
    let (scaled, mark) = try queue.begin { try sum.scaled(by: 3) }
    try mark.wait()
    try scaled.useHere()
    #expect(try scaled.floats() == [6, 6])
    #expect(try Device.cpu.takePeakBytes() == nil)
  }

  @Test
  func `recorded work is not done before it is run, and each time anew`() throws {
    let counter = try Tensor.full([], value: 0)
    let work = try RecordedWork(on: .cpu, drawingFrom: Generator(seed: 0)) {
      try counter.assign(counter.adding(.full([], value: 1)))
    }
    #expect(try counter.item() == 0)
    for _ in 0..<3 { try work.run() }
    #expect(try counter.item() == 3)
  }

  @Test(.enabled(if: (try? Runtime.cudaDeviceCount) == 0))
  func `a GPU that is not there is an error`() {
    #expect(throws: TorchError.self) { try WorkQueue(on: .cuda(0)) }
    #expect(throws: TorchError.self) { try WorkMark(on: .cuda(0)) }
    #expect(throws: TorchError.self) { try Device.cuda(0).takePeakBytes() }
    #expect(throws: TorchError.self) {
      try Communicator(rank: 0, of: 2, device: .cuda(0)) { $0 }
    }
    Runtime.returnFreedDeviceMemory()
  }

  @Test
  func `a tensor lacks finiteness where any element does`() throws {
    for (values, expected) in zip(
      [[1, 2], [1, Float.nan], [-.infinity, 0], []] as [[Float]],
      [0, 1, 1, 0] as [Double]
    ) {
      let tensor = try Tensor(values, shape: [values.count])
      #expect(try tensor.lacksFiniteness().item() == expected)
    }
  }
}
