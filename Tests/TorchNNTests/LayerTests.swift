import Testing
import Torch
import TorchNN

struct LayerTests {
  @Test
  func `a convolution starts normal with variance 2 over fan out`() throws {
    for (inputs, outputs, kernel, deviation) in [(64, 32, 3, 0.08333), (512, 24, 1, 0.28868)] {
      let layer = try Conv2d(
        inputs: inputs,
        outputs: outputs,
        kernel: kernel,
        from: WeightInitializer(seed: 1)
      )
      #expect(layer.weight.value.shape == [outputs, inputs, kernel, kernel])
      let (mean, found) = try moments(layer.weight.value)
      #expect(abs(mean) < 0.05 * deviation)
      #expect(abs(found / deviation - 1) < 0.05)
    }
  }

  @Test
  func `an affine map starts uniform by its inputs or as told, with bias 0`() throws {
    let initializer = try WeightInitializer(seed: 1)
    let byInputs = try Linear(inputs: 100, outputs: 100, from: initializer)
    let numbers = try byInputs.weight.value.floats()
    #expect(numbers.allSatisfy { abs($0) <= 0.1 })
    #expect(numbers.contains { $0 > 0.099 } && numbers.contains { $0 < -0.099 })
    let told = try Linear(
      inputs: 100,
      outputs: 100,
      weights: .normal(deviation: 0.01),
      from: initializer
    )
    #expect(abs(try moments(told.weight.value).deviation / 0.01 - 1) < 0.05)
    for layer in [byInputs, told] {
      #expect(try layer.bias.value.floats().allSatisfy { $0 == 0 })
    }
  }

  @Test
  func `batch norm starts as the identity and keeps PyTorch's momentum and epsilon`() throws {
    let layer = try BatchNorm(channels: 1, from: WeightInitializer(seed: 1))
    let input = try Tensor([Float(1), 3], shape: [2, 1])
    // x / sqrt(1 + 1e-5)
    expectClose(try layer(input, mode: .inference).floats(), [0.999995, 2.999985])
    #expect(try layer.runningMean.value.floats() == [0])
    #expect(try layer.runningVariance.value.floats() == [1])
    // (x - 2) / sqrt(1 + 1e-5); the unbiased variance is 2.
    expectClose(
      try layer(input, mode: .training(Generator(seed: 1))).floats(),
      [-0.999995, 0.999995]
    )
    expectClose(try layer.runningMean.value.floats(), [0.2])
    expectClose(try layer.runningVariance.value.floats(), [1.1])
  }

  @Test
  func `dropout works in training alone, and not at all at 0`() throws {
    let input = try Tensor.full([1000], value: 1)
    let training = Mode.training(try Generator(seed: 1))
    #expect(try Dropout(probability: 0.5)(input, mode: .inference).floats() == input.floats())
    #expect(try Dropout(probability: 0)(input, mode: training).floats() == input.floats())
    #expect(try Set(Dropout(probability: 0.5)(input, mode: training).floats()) == [0, 2])
  }

  @Test
  func `a dropout that is none stops the program`() async {
    await #expect(processExitsWith: .failure) { _ = Dropout(probability: 1) }
    await #expect(processExitsWith: .failure) { _ = Dropout(probability: .nan) }
    await #expect(processExitsWith: .success) { _ = Dropout(probability: 0.999) }
  }

  @Test
  func `a seed means the same weights, whatever their order in memory, and another seed others`()
    throws
  {
    let first = try bits(SmallNetwork(seed: 5).state)
    #expect(try bits(SmallNetwork(seed: 5).state) == first)
    #expect(try bits(SmallNetwork(seed: 6).state) != first)
    let weight = try SmallNetwork(seed: 5).conv1.weight.value
    let rows = try Tensor.full([2, 1, 3, 3], value: 0)
    try rows.fillNormal(deviation: (2.0 / 18).squareRoot(), from: Generator(seed: 5))
    #expect(try bits(rows) == bits(weight))
  }

  private func moments(_ tensor: Tensor) throws -> (mean: Double, deviation: Double) {
    let numbers = try tensor.doubles()
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(numbers.count)).squareRoot())
  }

  private func expectClose(
    _ values: [Float],
    _ expected: [Float],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) < 1e-6 },
      "\(values) instead of \(expected)",
      sourceLocation: sourceLocation
    )
  }
}
