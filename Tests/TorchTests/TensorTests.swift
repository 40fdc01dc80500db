import Testing
import Torch

struct TensorTests {
  @Test
  func `memory that there is not is said to be what lacks, and a wrong size is not`() throws {
    let tooLarge = #expect(throws: TorchError.self) { try Tensor.full([1 << 44], value: 0) }
    #expect(tooLarge?.isOutOfMemory == true)
    #expect(tooLarge?.description.contains("there is not enough memory for") == true)
    let wrong = #expect(throws: TorchError.self) { try Tensor.full([-1], value: 0) }
    #expect(wrong?.isOutOfMemory == false)
  }

  @Test
  func `a tensor of numbers has their values, shape and type`() throws {
    let floats = try Tensor(
      [Float(1.5), -2, .infinity, 0, .leastNonzeroMagnitude, 6],
      shape: [2, 3]
    )
    #expect(try floats.floats() == [1.5, -2, .infinity, 0, .leastNonzeroMagnitude, 6])
    #expect(floats.shape == [2, 3])
    #expect(floats.elementCount == 6)
    #expect(try floats.scalarType == .float32)
    #expect(try floats.device == .cpu)

    let doubles = try Tensor([0.1, -1e300], shape: [2, 1])
    #expect(try doubles.doubles() == [0.1, -1e300])
    #expect(try doubles.scalarType == .float64)

    let integers = try Tensor([Int64.max, .min, 0], shape: [3])
    #expect(try integers.integers() == [.max, .min, 0])
    #expect(try integers.scalarType == .int64)

    let bytes = try [UInt8(0), 127, 255].withUnsafeBytes {
      try Tensor(bytes: $0, shape: [3, 1], scalarType: .uint8)
    }
    #expect(try bytes.integers() == [0, 127, 255])
    #expect(try bytes.scalarType == .uint8)
  }

  @Test
  func `NaN keeps its place`() throws {
    #expect(try Tensor([Float.nan, 1], shape: [2]).floats().map(\.isNaN) == [true, false])
  }

  @Test
  func `a tensor without dimensions has one element, and one with a zero size none`() throws {
    let scalar = try Tensor([Float(3)], shape: [])
    #expect(scalar.shape == [])
    #expect(scalar.elementCount == 1)
    #expect(try scalar.item() == 3)
    for shape in [[0], [0, 3], [3, 0, 2], [Int(Int32.max), Int(Int32.max), 0]] {
      let empty = try Tensor([Float](), shape: shape)
      #expect(empty.shape == shape)
      #expect(empty.elementCount == 0)
      #expect(try empty.floats() == [])
    }
  }

  @Test
  func `a full tensor has one value everywhere`() throws {
    #expect(try Tensor.full([2, 2], value: 0.5).floats() == [0.5, 0.5, 0.5, 0.5])
    let labels = try Tensor.full([3], value: 7, scalarType: .int64)
    #expect(try labels.scalarType == .int64)
    #expect(try labels.integers() == [7, 7, 7])
  }

  @Test
  func `channels-last memory is filled in the order N, H, W, C and read row-major`() throws {
    let shape = [2, 3, 2, 2]
    let tensor = try Tensor(channelsLast: shape) { memory in
      #expect(memory.count == 24)
      for index in memory.indices { memory[index] = Float(index) }
    }
    #expect(tensor.shape == shape)
    #expect(try tensor.isDense(in: .channelsLast))
    #expect(try !tensor.isDense(in: .contiguous))
    // Element [n, c, h, w] was written at ((n * H + h) * W + w) * C + c.
    #expect(
      try tensor.floats() == [
        0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11,
        12, 15, 18, 21, 13, 16, 19, 22, 14, 17, 20, 23,
      ]
    )
    let empty = try Tensor(channelsLast: [0, 3, 2, 2]) { #expect($0.isEmpty) }
    #expect(try empty.floats() == [])
  }

  @Test
  func `an error while filling is passed on`() {
    struct NoImage: Error {}
    #expect(throws: NoImage.self) {
      _ = try Tensor(channelsLast: [1, 1, 2, 2]) { _ in throw NoImage() }
    }
  }

  @Test
  func `the order in memory changes no value`() throws {
    let rows = try Tensor.numbered([2, 3, 2, 2], seed: 3)
    let channelsLast = try rows.arranged(in: .channelsLast)
    #expect(try rows.isDense(in: .contiguous))
    #expect(try channelsLast.isDense(in: .channelsLast))
    #expect(try channelsLast.floats() == rows.floats())
    #expect(try channelsLast.arranged(in: .contiguous).floats() == rows.floats())
    #expect(try channelsLast.copied().isDense(in: .channelsLast))
    #expect(try !Tensor.numbered([4, 6], seed: 3).isDense(in: .channelsLast))
  }

  @Test(arguments: [
    (ScalarType.uint8, [0.0, 1, 200, 255]),
    (.int64, [0, 1, -3, 255]),
    (.float32, [0, 1.5, -3.25, 1e30]),
    (.float64, [0, 1.5, -3.25, 1e300]),
  ])
  func `a type keeps the values that it can hold`(type: ScalarType, values: [Double]) throws {
    let converted = try Tensor(values, shape: [4]).converted(to: type)
    #expect(try converted.scalarType == type)
    let back = try converted.doubles()
    #expect(type == .float32 ? back.map(Float.init) == values.map(Float.init) : back == values)
  }

  @Test
  func `a conversion to the same type shares memory, to another it does not`() throws {
    let tensor = try Tensor([Float(1), 2], shape: [2])
    let same = try tensor.converted(to: .float32)
    let other = try tensor.converted(to: .float64)
    let moved = try tensor.moved(to: .cpu)
    let copy = try tensor.copied()
    try tensor.assign(.full([2], value: 9))
    #expect(try same.floats() == [9, 9])
    #expect(try moved.floats() == [9, 9])
    #expect(try other.floats() == [1, 2])
    #expect(try copy.floats() == [1, 2])
  }

  @Test
  func `assigning keeps type and order in memory`() throws {
    let target = try Tensor.full([1, 2, 2, 2], value: 0, scalarType: .float64)
      .arranged(in: .channelsLast)
    try target.assign(.numbered([1, 2, 2, 2], seed: 4))
    #expect(try target.doubles() == numbers(8, seed: 4))
    #expect(try target.scalarType == .float64)
    #expect(try target.isDense(in: .channelsLast))
  }

  @Test
  func `bytes come out row-major and little-endian whatever the order in memory`() throws {
    let tensor = try Tensor.numbered([1, 2, 2, 1], seed: 1)
    for source in [tensor, try tensor.arranged(in: .channelsLast)] {
      var bytes = [UInt8](repeating: 0, count: 16)
      try bytes.withUnsafeMutableBytes { try source.copyBytes(to: $0) }
      let expected = numbers(4, seed: 1).flatMap { value in
        withUnsafeBytes(of: Float(value).bitPattern.littleEndian, Array.init)
      }
      #expect(bytes == expected)
    }
  }

  @Test
  func `one element reads as a number of any type`() throws {
    #expect(try Tensor([Float(2.5)], shape: [1, 1, 1]).item() == 2.5)
    #expect(try Tensor([Int64(-7)], shape: [1]).item() == -7)
  }
}
