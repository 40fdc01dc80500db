import Testing
import Torch

struct RuntimeTests {
  @Test
  func `the version is that of a libtorch which is known to work`() {
    let numbers = Runtime.version.split(separator: ".").compactMap { Int($0) }
    #expect(numbers.count >= 2 && (numbers[0], numbers[1]) >= (2, 11), "\(Runtime.version)")
  }

  // In a process of its own: the number of threads is the whole process's.
  @Test
  func `the number of threads is what was set last`() async {
    await #expect(processExitsWith: .success) {
      for count in [1, 3, 2] {
        try Runtime.setThreadCount(count)
        #expect(Runtime.threadCount == count)
      }
      for count in [0, -1, Int.min, Int.max, 1025, 4_294_967_298] {
        #expect(throws: TorchError.self) { try Runtime.setThreadCount(count) }
        #expect(Runtime.threadCount == 2)
      }
    }
  }

  @Test
  func `results are the same while freed memory is kept`() async {
    await #expect(processExitsWith: .success) {
      Runtime.keepFreedMemory()
      for _ in 0..<3 {
        let values = try Tensor.full([1 << 20], value: 1).relu().floats()
        #expect(values.allSatisfy { $0 == 1 })
      }
    }
  }

  @Test
  func `a tensor that no memory is for is an error while freed memory is kept`() async {
    await #expect(processExitsWith: .success) {
      Runtime.keepFreedMemory()
      do {
        _ = try Tensor.full([1 << 46], value: 1)
        Issue.record("there is no such memory")
      } catch let error as TorchError {
        #expect(error.isOutOfMemory)
      }
      #expect(try Tensor.full([3], value: 1).floats() == [1, 1, 1])
    }
  }
}
