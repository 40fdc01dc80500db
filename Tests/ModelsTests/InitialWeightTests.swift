import Models
import Testing
import Torch
import TorchNN

struct InitialWeightTests {
  @Test(arguments: SmallArchitecture.all)
  func `weights start as published`(small: SmallArchitecture) throws {
    let state = try small.network().state
    for (name, parameter) in state.parameters {
      let shape = parameter.value.shape
      let values = try parameter.value.doubles()
      switch shape.count {
      case 4:
        expectNormal(
          values,
          deviation: (2 / Double(shape[0] * shape[2] * shape[3])).squareRoot(),
          name
        )
      case 2 where name.hasPrefix("classifier"):
        expectNormal(values, deviation: 0.01, name)
      case 2:
        let bound = 1 / Double(shape[1]).squareRoot()
        #expect(values.allSatisfy { abs($0) <= bound * 1.0001 }, "\(name)")
        #expect(values.contains { abs($0) > bound * 0.8 }, "\(name)")
      default:
        // A batch norm's scale is 1, every bias 0.
        let expected = name.hasSuffix(".weight") ? 1.0 : 0
        #expect(values.allSatisfy { $0 == expected }, "\(name)")
      }
    }
    for (name, buffer) in state.buffers {
      let expected = name.hasSuffix(".running_var") ? 1.0 : 0
      #expect(try buffer.value.doubles().allSatisfy { $0 == expected }, "\(name)")
    }
  }

  @Test(arguments: SmallArchitecture.all)
  func `the seed decides every weight`(small: SmallArchitecture) throws {
    func weights(_ seed: UInt64) throws -> [[UInt32]] {
      try small.network(seed: seed).state.parameters.map { try bits($0.parameter.value) }
    }
    #expect(try weights(1) == weights(1))
    #expect(try weights(1) != weights(2))
  }

  /// Expects mean and deviation within five of their own deviations.
  private func expectNormal(_ values: [Double], deviation: Double, _ name: String) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    #expect(abs(mean) < 5 * deviation / count.squareRoot(), "the mean of \(name)")
    #expect(
      abs(variance.squareRoot() / deviation - 1) < 5 / (2 * count).squareRoot(),
      "the deviation of \(name)"
    )
  }
}
