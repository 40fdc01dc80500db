import Foundation
import Testing

@testable import Training

struct FileSealTests {
  /// A checkpoint's file of a run after two iterations.
  private func sealed() throws -> Data {
    let trainer = try tinyTrainer(tinyConfiguration())
    #expect(throws: Stop.self) {
      try trainer.run { event in
        if case .iteration(let report) = event, report.iterations == 2 { throw Stop() }
      }
    }
    return try trainer.checkpoint.encoded()
  }

  @Test
  func `a sealed file is read, and one in which any bit has changed is not`() throws {
    let whole = try sealed()
    #expect(try Checkpoint(whole).iteration == 2)
    #expect(FileSeal.fault(in: whole) == nil)
    // Every byte of a stride that shares no factor with the sizes of numbers, and every bit in turn.
    for (count, place) in stride(from: 0, to: whole.count, by: 397).enumerated() {
      var damaged = whole
      damaged[place] ^= 1 << UInt8(count % 8)
      #expect(throws: (any Error).self, "byte \(place)") { try Checkpoint(damaged) }
    }
  }

  @Test
  func `every bit of a file is under its seal`() throws {
    let whole = try sealed()
    var damaged = whole
    let missed = whole.indices.filter { place in
      damaged[place] ^= 1 << UInt8(place % 8)
      defer { damaged[place] = whole[place] }
      return FileSeal.fault(in: damaged) == nil
    }
    #expect(missed == [])
    #expect(FileSeal.fault(in: damaged) == nil)
  }

  @Test
  func `a changed digest, and a file without one, are faults`() throws {
    let whole = try sealed()
    let text = String(decoding: whole.prefix(100_000), as: UTF8.self)
    #expect(text.contains("\"freezeout.sha256\":\""))
    var blank = whole
    let place = try #require(whole.range(of: Data("\"freezeout.sha256\":\"".utf8))).upperBound
    blank.replaceSubrange(place..<place + 64, with: FileSeal.blank.utf8)
    #expect(FileSeal.fault(in: blank) == "it is damaged: its checksum is not that of its contents")
    #expect(FileSeal.sealed(blank) == whole)
    #expect(FileSeal.fault(in: Data("nothing".utf8)) == "it has no checksum")
    #expect(FileSeal.sealed(Data("nothing".utf8)) == Data("nothing".utf8))
  }

  @Test
  func `the state before the newest is kept beside it`() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("training-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (newest, previous) = (
      folder.appendingPathComponent("newest"), folder.appendingPathComponent("previous")
    )
    let trainer = try tinyTrainer(tinyConfiguration())
    try trainer.checkpoint.write(to: newest, keepingPreviousAt: previous)
    #expect(!FileManager.default.fileExists(atPath: previous.path))
    try trainer.run()
    try trainer.checkpoint.write(to: newest, keepingPreviousAt: previous)
    #expect(try Checkpoint(contentsOf: previous).iteration == 0)
    #expect(try Checkpoint(contentsOf: newest).iteration == trainer.learner.schedule.iterations)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
  }
}
