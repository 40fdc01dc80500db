import Foundation
import Testing
import Torch

@testable import Datasets

struct FeatureStoreTests {
  private func layout(
    identity: UInt8 = 7,
    slotCount: Int = 5,
    shape: [Int] = [3, 2, 2],
    precision: FeatureLayout.Precision = .float32
  ) -> FeatureLayout {
    FeatureLayout(
      identity: Array(repeating: identity, count: 32),
      slotCount: slotCount,
      shape: shape,
      precision: precision
    )
  }

  /// Numbers that no rounding to float32 changes, another one for every element.
  private func features(_ count: Int, seed: Int = 0, shape: [Int] = [3, 2, 2]) throws -> Tensor {
    let elements = count * shape.reduce(1, *)
    return try Tensor((0..<elements).map { Float($0 + seed) * 1.37 }, shape: [count] + shape)
      .arranged(in: .channelsLast)
  }

  private func withFile(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("store-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.appendingPathComponent("features.cache"))
  }

  @Test
  func `what is kept is what is read, bit by bit, in any order`() throws {
    try withFile { file in
      let store = try FeatureStore(at: file, layout: layout())
      #expect(store.origin == .new)
      #expect(try store.areFilled([0, 1, 2, 3, 4]) == [false, false, false, false, false])
      let kept = try features(3)
      try store.keep(kept, inSlots: [4, 0, 2])
      #expect(try store.areFilled([0, 1, 2, 3, 4]) == [true, false, true, false, true])
      #expect(store.filledCount == 3)
      let read = try store.features(ofSlots: [2, 4, 0, 4])
      #expect(try read.isDense(in: .channelsLast))
      let rows = try [2, 0, 1, 0].flatMap { try kept.rows($0..<$0 + 1).floats() }
      #expect(try read.floats() == rows)
      // Row-major features are kept as well, and over what a slot held.
      try store.keep(features(1, seed: 50).arranged(in: .contiguous), inSlots: [4])
      #expect(try store.features(ofSlots: [4]).floats() == features(1, seed: 50).floats())
      #expect(store.filledCount == 3)
    }
  }

  @Test
  func `numbers of another type are converted`() throws {
    try withFile { file in
      let store = try FeatureStore(at: file, layout: layout(shape: [1, 1, 2]))
      let doubles = try Tensor([0.1, 2] as [Double], shape: [1, 1, 1, 2])
      try store.keep(doubles, inSlots: [0])
      #expect(try store.features(ofSlots: [0]).floats() == [0.1, 2])
    }
  }

  @Test
  func `a file that is larger than may be is an error, and ends no process`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 10_000, rlim_max: 10_000)
      setrlimit(__rlimit_resource_t(UInt32(1)), &limit)
      let file = FileManager.default.temporaryDirectory
        .appendingPathComponent("limited-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: file) }
      let layout = FeatureLayout(
        identity: Array(repeating: 0, count: 32),
        slotCount: 1000,
        shape: [3, 8, 8],
        precision: .float32
      )
      var reason = ""
      do {
        _ = try FeatureStore(at: file, layout: layout)
      } catch let error as FeatureStoreError {
        reason = error.description
      }
      try #require(reason.contains("make room"))
    }
  }

  @Test(
    arguments: [
      (1.0, 0x3F80), (-2.5, 0xC020), (1.00390625, 0x3F80), (1.01171875, 0x3F82),
      (1.005, 0x3F81), (3.3895314e38, 0x7F7F), (3.4e38, 0x7F80), (.infinity, 0x7F80), (0, 0),
      (-0.0, 0x8000),
    ] as [(Float, UInt16)]
  )
  func `bfloat16 rounds to the nearest, at a tie to the even one`(number: Float, bits: UInt16) {
    #expect(FeatureLayout.Precision.upperHalf(number) == bits)
  }

  @Test
  func `bfloat16 keeps what is no number, and takes half of the room`() throws {
    let half = FeatureLayout.Precision.upperHalf(.nan)
    #expect(Float(bitPattern: UInt32(half) << 16).isNaN)
    let sneaky = Float(bitPattern: 0x7F80_0001)
    #expect(Float(bitPattern: UInt32(FeatureLayout.Precision.upperHalf(sneaky)) << 16).isNaN)
    try withFile { file in
      let layout = layout(precision: .bfloat16)
      #expect(layout.slotBytes * 2 == self.layout().slotBytes)
      let store = try FeatureStore(at: file, layout: layout)
      let kept = try features(2)
      try store.keep(kept, inSlots: [1, 3])
      let expected = try kept.floats().map {
        Float(bitPattern: UInt32(FeatureLayout.Precision.upperHalf($0)) << 16)
      }
      #expect(try store.features(ofSlots: [1, 3]).floats() == expected)
      #expect(try store.features(ofSlots: [1, 3]).floats() != kept.floats())
    }
  }

  @Test(arguments: FeatureLayout.Precision.allCases)
  func `another process goes on with what is there`(precision: FeatureLayout.Precision) throws {
    try withFile { file in
      let layout = layout(precision: precision)
      var kept: [Float] = []
      do {
        let store = try FeatureStore(at: file, layout: layout)
        try store.keep(features(2), inSlots: [1, 2])
        kept = try store.features(ofSlots: [1, 2]).floats()
      }
      let store = try FeatureStore(at: file, layout: layout)
      #expect(store.origin == .continued)
      #expect(store.filledCount == 2)
      #expect(try store.areFilled([0, 1, 2]) == [false, true, true])
      #expect(try store.features(ofSlots: [1, 2]).floats() == kept)
      #expect(store.damagedCount == 0)
    }
  }

  @Test
  func `features of something else are replaced`() throws {
    let others = [
      layout(identity: 8), layout(slotCount: 6), layout(shape: [2, 3, 2]),
      layout(precision: .bfloat16),
    ]
    for other in others {
      try withFile { file in
        do {
          try FeatureStore(at: file, layout: layout()).keep(features(2), inSlots: [0, 1])
        }
        let store = try FeatureStore(at: file, layout: other)
        #expect(store.origin == .replaced)
        #expect(store.filledCount == 0)
      }
    }
  }

  /// Changes a byte of a file of two filled slots, and opens it.
  private func damaged(at offset: Int, _ check: (FeatureStore) throws -> Void) throws {
    try withFile { file in
      do {
        try FeatureStore(at: file, layout: layout()).keep(features(2), inSlots: [1, 2])
      }
      var bytes = try Data(contentsOf: file)
      bytes[offset] ^= 0x10
      try bytes.write(to: file)
      try check(FeatureStore(at: file, layout: layout()))
    }
  }

  @Test
  func `any damaged byte of the header is noticed`() throws {
    for offset in FeatureLayout.name.count..<layout().header.count {
      try damaged(at: offset) { store in
        #expect(store.origin == .replaced, "\(offset)")
        #expect(store.filledCount == 0, "\(offset)")
      }
    }
  }

  @Test
  func `any damaged byte of a slot or its state empties that slot alone`() throws {
    let layout = layout()
    let slot = layout.featuresOffset + layout.slotBytes
    let state = FeatureLayout.statesOffset + 8
    for offset in Array(slot..<slot + layout.slotBytes) + Array(state..<state + 8) {
      try damaged(at: offset) { store in
        #expect(store.origin == .continued)
        #expect(try store.areFilled([1, 2]) == [false, true], "\(offset)")
        #expect(store.damagedCount == 1)
        #expect(store.filledCount == 1)
        try store.keep(features(1), inSlots: [1])
        #expect(try store.areFilled([1, 2]) == [true, true])
      }
    }
  }

  @Test
  func `a truncated file is replaced`() throws {
    try withFile { file in
      do {
        try FeatureStore(at: file, layout: layout()).keep(features(2), inSlots: [1, 2])
      }
      let whole = try Data(contentsOf: file)
      for data in [whole.dropLast(), whole.prefix(100), whole.prefix(19), whole + [0], Data()] {
        try Data(data).write(to: file)
        let store = try FeatureStore(at: file, layout: layout())
        #expect(store.origin == (data.isEmpty ? .new : .replaced))
        #expect(store.filledCount == 0)
        #expect(try Data(contentsOf: file).count == layout().fileBytes)
      }
    }
  }

  @Test(arguments: FeatureLayout.Precision.allCases)
  func `a file that is cut short while it is open is an error, and the store of no more use`(
    precision: FeatureLayout.Precision
  ) throws {
    for size in [0, 5000, layout(precision: precision).fileBytes - 1] {
      try withFile { file in
        let store = try FeatureStore(at: file, layout: layout(precision: precision))
        try store.keep(features(2), inSlots: [1, 2])
        #expect(truncate(file.path, off_t(size)) == 0)
        let error = FeatureStoreError.lost(
          file.path,
          reason: "another program has changed its size"
        )
        #expect(throws: error) { try store.features(ofSlots: [1, 2]) }
        // What is written again beyond the cut leaves zeros before it.
        #expect(truncate(file.path, off_t(layout(precision: precision).fileBytes)) == 0)
        #expect(throws: error) { try store.areFilled([1]) }
        #expect(throws: error) { try store.keep(features(1), inSlots: [1]) }
        #expect(store.isLost)
      }
    }
  }

  @Test
  func `another program's file is refused, and left as it is`() throws {
    try withFile { file in
      do {
        try FeatureStore(at: file, layout: layout()).keep(features(2), inSlots: [1, 2])
      }
      var damaged = try Data(contentsOf: file)
      damaged[3] ^= 0x10
      for data in [Data("hello".utf8), Data(repeating: 0, count: 10_000), damaged] {
        try data.write(to: file)
        let error = #expect(throws: FeatureStoreError.self) {
          try FeatureStore(at: file, layout: layout())
        }
        #expect(error?.description.contains("another program's file") == true)
        FeatureStore.removeFile(at: file)
        #expect(try Data(contentsOf: file) == data)
      }
    }
  }

  @Test
  func `what a link points to and what is no file are refused, and left as they are`() throws {
    try withFile { file in
      let target = file.appendingPathExtension("target")
      do { _ = try FeatureStore(at: target, layout: layout()) }
      let whole = try Data(contentsOf: target)
      try FileManager.default.createSymbolicLink(at: file, withDestinationURL: target)
      let error = #expect(throws: FeatureStoreError.self) {
        try FeatureStore(at: file, layout: layout(identity: 8))
      }
      #expect(error?.description.contains("symbolic link") == true)
      FeatureStore.removeFile(at: file)
      #expect(try Data(contentsOf: file) == whole)
      let pipe = file.appendingPathExtension("pipe")
      #expect(mkfifo(pipe.path, 0o600) == 0)
      #expect(throws: FeatureStoreError.self) { try FeatureStore(at: pipe, layout: layout()) }
      #expect(FileManager.default.fileExists(atPath: pipe.path))
    }
  }

  @Test
  func `a file that no process has is removed, and one that is open is not`() throws {
    try withFile { file in
      do {
        let store = try FeatureStore(at: file, layout: layout())
        FeatureStore.removeFile(at: file)
        #expect(FileManager.default.fileExists(atPath: file.path))
        withExtendedLifetime(store) {}
      }
      FeatureStore.removeFile(at: file)
      #expect(!FileManager.default.fileExists(atPath: file.path))
    }
  }

  @Test
  func `a store belongs to one at a time, and is gone when it is removed`() throws {
    try withFile { file in
      do {
        let store = try FeatureStore(at: file, layout: layout())
        #expect(throws: FeatureStoreError.inUse(file.path)) {
          try FeatureStore(at: file, layout: layout())
        }
        store.remove()
        #expect(!FileManager.default.fileExists(atPath: file.path))
      }
      #expect(try FeatureStore(at: file, layout: layout()).origin == .new)
    }
  }

  @Test
  func `no room and no folder are errors that name the file`() throws {
    try withFile { file in
      let huge = layout(slotCount: 1 << 30, shape: [1 << 14, 8, 8])
      let error = #expect(throws: FeatureStoreError.self) {
        try FeatureStore(at: file, layout: huge)
      }
      #expect(error?.description.contains(file.path) == true)
      #expect(!FileManager.default.fileExists(atPath: file.path))
      let nowhere = file.appendingPathComponent("deeper")
      #expect(throws: FeatureStoreError.self) { try FeatureStore(at: nowhere, layout: layout()) }
    }
  }

  @Test
  func `two threads share a store`() throws {
    try withFile { file in
      let layout = layout(slotCount: 200)
      let store = try FeatureStore(at: file, layout: layout)
      DispatchQueue.concurrentPerform(iterations: 2) { half in
        for slot in stride(from: half, to: 200, by: 2) {
          try? store.keep(features(1, seed: slot), inSlots: [slot])
          _ = try? store.areFilled([199 - slot])
        }
      }
      #expect(store.filledCount == 200)
      for slot in 0..<200 {
        #expect(try store.features(ofSlots: [slot]).floats() == features(1, seed: slot).floats())
      }
    }
  }
}
