import Testing
import Torch

/// Queues of work on the CPU, where they are nothing, and of a GPU that is not there.
struct WorkQueueTests {
  @Test
  func `on the CPU what is given to a queue is done when the call returns`() throws {
    let queue = try WorkQueue(on: .cpu)
    let values = try Tensor.full([2], value: 1)
    let sum = try queue.run { try values.adding(values) }
    let (scaled, mark) = try queue.begin(behind: false) { try sum.scaled(by: 3) }
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
    #expect(throws: TorchError.self) { try TimedMark(on: .cuda(0)) }
    #expect(throws: TorchError.self) { try Device.cuda(0).takePeakBytes() }
    #expect(throws: TorchError.self) {
      try Communicator(rank: 0, of: 2, device: .cuda(0)) { $0 }
    }
    Runtime.returnFreedDeviceMemory()
  }

  @Test
  func `a flag stays up once a number was not finite`() throws {
    let flag = try Tensor.full([1], value: 0)
    for (number, expected) in zip(
      [2, -Double.greatestFiniteMagnitude, .nan, 2, -.infinity, .infinity, 0],
      [0, 0, 1, 1, 1, 1, 1] as [Double]
    ) {
      try flag.flagLackOfFiniteness(of: .full([], value: number, scalarType: .float64))
      #expect(try flag.item() == expected)
    }
    try flag.assign(numbers: [0])
    try flag.flagLackOfFiniteness(of: .full([1], value: .infinity))
    #expect(try flag.item() == 1)
    let pair = try Tensor.full([2], value: 0)
    #expect(throws: TorchError.self) { try flag.flagLackOfFiniteness(of: pair) }
  }

  @Test
  func `a late number is what it was when it was asked for, and known once it was waited for`()
    throws
  {
    let tensor = try Tensor.full([1], value: 2.5, scalarType: .bfloat16)
    let number = try LateNumber(of: tensor)
    try tensor.assign(.full([1], value: 7, scalarType: .bfloat16))
    #expect(!number.isKnown)
    #expect(try number.value() == 2.5)
    #expect(try number.isKnown && number.value() == 2.5)
    #expect(LateNumber(.infinity).isKnown)
    let pair = try LateNumber(of: .full([2], value: 0))
    #expect(throws: TorchError.self) { try pair.value() }
    #expect(!pair.isKnown)
  }

  @Test
  func `numbers are copied into a tensor of as many`() throws {
    let tensor = try Tensor.full([3], value: 0)
    try tensor.assign(numbers: [1, .nan, -3])
    let expected: [Float] = [1, .nan, -3]
    #expect(try tensor.floats().map(\.bitPattern) == expected.map(\.bitPattern))
    #expect(throws: TorchError.self) { try tensor.assign(numbers: [1]) }
    let doubles = try Tensor.full([3], value: 0, scalarType: .float64)
    #expect(throws: TorchError.self) { try doubles.assign(numbers: [1, 2, 3]) }
  }

  @Test
  func `marks on the CPU are as far apart as the clock says`() throws {
    let clock = ContinuousClock()
    let begin = clock.now
    let first = try TimedMark(on: .cpu)
    while clock.now - begin < .milliseconds(3) {}
    let second = try TimedMark(on: .cpu)
    let seconds = try second.seconds(since: first)
    #expect(seconds >= 0.002 && seconds <= (clock.now - begin) / .seconds(1))
    #expect(try first.seconds(since: second) == -seconds)
  }
}
