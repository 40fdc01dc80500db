import Foundation
import Testing
import Torch

struct AutogradTests {
  @Test
  func `gradients add up until they are released`() throws {
    let leaf = try Tensor.leaf([1, 2], seed: 1)
    let frozen = try Tensor.numbered([1, 2], seed: 2)
    #expect(try leaf.gradient == nil)
    for pass in 1...2 {
      try leaf.adding(frozen).weightedSum(rows: [1], columns: [3, -4]).backward()
      #expect(try leaf.gradient?.floats() == [3 * Float(pass), -4 * Float(pass)])
    }
    #expect(try frozen.gradient == nil)
    try Tensor.releaseGradients(of: [leaf, frozen])
    #expect(try leaf.gradient == nil)
  }

  @Test
  func `what is computed without gradients carries no graph`() throws {
    let leaf = try Tensor.leaf([2], seed: 1)
    #expect(try leaf.relu().requiresGradient)
    let apart = try withoutGradients { try leaf.relu() }
    #expect(!apart.requiresGradient)
    #expect(try leaf.relu().requiresGradient)
  }

  @Test
  func `recording is restored however the body ends, and nests`() throws {
    struct Failure: Error {}
    func fail() throws { throw Failure() }
    let leaf = try Tensor.leaf([2], seed: 1)
    func isRecorded() throws -> Bool {
      let output = try leaf.relu()
      return output.requiresGradient
    }

    #expect(throws: Failure.self) { try withoutGradients(fail) }
    #expect(try isRecorded())
    try withoutGradients {
      let inner = try withoutGradients(isRecorded)
      #expect(!inner)
      #expect(try !isRecorded())
      #expect(throws: Failure.self) { try withoutGradients(fail) }
      #expect(try !isRecorded())
    }
    #expect(try isRecorded())
  }

  @Test
  func `recording is off on its own thread alone`() async throws {
    let leaf = try Tensor.leaf([2], seed: 1)
    let (inside, done) = AsyncStream<Void>.makeStream()
    let thread = Thread {
      withoutGradients {
        done.yield()
        while !Thread.current.isCancelled { Thread.sleep(forTimeInterval: 0.001) }
      }
      done.finish()
    }
    thread.start()
    var steps = inside.makeAsyncIterator()
    await steps.next()
    #expect(try leaf.relu().requiresGradient)
    thread.cancel()
    await steps.next()
  }

  @Test
  func `a detached tensor shares memory and takes no part in the graph`() throws {
    let leaf = try Tensor.leaf([1, 2], seed: 1)
    let detached = try leaf.detached()
    #expect(!detached.requiresGradient)
    try detached.assign(.full([1, 2], value: 8))
    #expect(try leaf.floats() == [8, 8])
    try leaf.adding(detached).weightedSum(rows: [1], columns: [1, 2]).backward()
    #expect(try leaf.gradient?.floats() == [1, 2])
    #expect(try detached.gradient == nil)
  }

  @Test
  func `overwriting a leaf is not recorded`() throws {
    let leaf = try Tensor.leaf([2, 2], seed: 1)
    let generator = try Generator(seed: 1)
    try leaf.assign(.numbered([2, 2], seed: 2))
    try leaf.fillNormal(deviation: 1, from: generator)
    try leaf.fillUniform(in: 0..<1, from: generator)
    try leaf.setRequiresGradient(false)
    #expect(!leaf.requiresGradient)
  }
}
