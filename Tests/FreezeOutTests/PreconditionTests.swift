import FreezeOut
import Testing

#if os(macOS) || os(Linux) || os(Windows)
  struct PreconditionTests {
    @Test
    func `a layer that does not exist stops the program and is named`() async {
      let result = await #expect(
        processExitsWith: .failure,
        observing: [\.standardErrorContent]
      ) {
        _ = try Schedule.example().freezeTime(ofLayer: 10)
      }
      #expect(result.mentions("layer 10 does not exist: give one in 0..<10"))
      await #expect(processExitsWith: .failure) {
        _ = try Schedule.example().learningRate(ofLayer: -1, atIteration: 0)
      }
      await #expect(processExitsWith: .success) {
        _ = try Schedule.example().freezeTime(ofLayer: 9)
      }
    }

    @Test
    func `a negative iteration stops the program and is named`() async {
      let result = await #expect(
        processExitsWith: .failure,
        observing: [\.standardErrorContent]
      ) {
        _ = try Schedule.example().frozenCount(atIteration: -1)
      }
      #expect(result.mentions("iteration -1 does not exist: give one from 0"))
      await #expect(processExitsWith: .failure) {
        _ = try Schedule.example().learningRates(atIteration: -1)
      }
    }

    @Test
    func `a network that cannot be built has no published speedup`() async {
      let depth = await #expect(
        processExitsWith: .failure,
        observing: [\.standardErrorContent]
      ) {
        _ = paperSpeedup(growthRate: 12, depth: 3, firstFreeze: 0.5, growth: .cubic)
      }
      #expect(depth.mentions("a DenseNet of depth 3 does not exist: give at least 4"))
      let growthRate = await #expect(
        processExitsWith: .failure,
        observing: [\.standardErrorContent]
      ) {
        _ = paperSpeedup(growthRate: 0, depth: 40, firstFreeze: 0.5, growth: .cubic)
      }
      #expect(growthRate.mentions("a growth rate of 0 is impossible: give at least 1"))
      let layers = await #expect(
        processExitsWith: .failure,
        observing: [\.standardErrorContent]
      ) {
        _ = paperSpeedup(growthRate: 12, layersPerBlock: -1, firstFreeze: 0.5, growth: .cubic)
      }
      #expect(layers.mentions("-1 layers per block are impossible: give at least 0"))
    }
  }

  extension ExitTest.Result? {
    /// Whether the message was printed. Release builds stop without one.
    fileprivate func mentions(_ message: String) -> Bool {
      #if DEBUG
        String(decoding: self?.standardErrorContent ?? [], as: UTF8.self).contains(message)
      #else
        true
      #endif
    }
  }
#endif
