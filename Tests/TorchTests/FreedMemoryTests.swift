#if os(Linux)
  import Foundation
  import Testing
  import Torch

  /// By the process's own memory, of which a sanitizer takes a part.
  struct FreedMemoryTests {
    // Without it each tensor that is freed between two that stay leaves a hole that is too small for the next.
    @Test
    func `a freed tensor's memory fits the next of its size`() async {
      await #expect(processExitsWith: .success) {
        Runtime.keepFreedMemory()
        func peakKilobytes() throws -> Int {
          let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
          let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
          return try #require(line?.split(separator: " ").compactMap { Int($0) }.first)
        }
        let count = 2 << 20
        var staying: [Tensor] = [try Tensor.full([count], value: 0)]
        let start = try peakKilobytes()
        for _ in 0..<20 {
          let passing = try Tensor.full([count], value: 1)
          staying.append(try Tensor.full([count], value: 2))
          #expect(try passing.floats().last == 1)
        }
        #expect(staying.count == 21)
        let grown = try peakKilobytes() - start
        #expect(grown < 30 * 4 * count / 1024)
      }
    }
  }
#endif
