import Testing
import Torch
import TorchNN

@testable import Models

struct KernelsTests {
  struct Name: Sendable {
    var text: String
    var best: Instructions
    var kernels: Kernels
    /// What is written for it.
    var description: String
  }

  @Test(arguments: [
    Name(text: "libtorch", best: .portable, kernels: .libtorch, description: "libtorch"),
    Name(text: "fused", best: .portable, kernels: .fused(.portable), description: "fused:portable"),
    Name(text: "fused", best: .avx512, kernels: .fused(.avx512), description: "fused:avx512"),
    Name(
      text: "fused:portable",
      best: .avx512,
      kernels: .fused(.portable),
      description: "fused:portable"
    ),
    Name(text: "fused:avx2", best: .avx2, kernels: .fused(.avx2), description: "fused:avx2"),
    Name(text: "fused:avx2", best: .avx512, kernels: .fused(.avx2), description: "fused:avx2"),
    Name(
      text: "fused:avx512",
      best: .avx512,
      kernels: .fused(.avx512),
      description: "fused:avx512"
    ),
  ])
  func `kernels are read from a name and written with their instructions`(name: Name) throws {
    let kernels = try Kernels(parsing: name.text, best: name.best)
    #expect(kernels == name.kernels)
    #expect("\(kernels)" == name.description)
    #expect(try Kernels(parsing: name.description, best: name.best) == kernels)
  }

  @Test(arguments: [
    "", "auto", "Fused", "fused:", "fused:neon", "fused:avx2 ", "libtorch:avx2", "a:b:c",
  ])
  func `another name is refused with those that there are`(text: String) {
    let error = #expect(throws: KernelsError.self) { try Kernels(parsing: text, best: .avx512) }
    #expect(error == .unknownName(text))
    #expect(
      error?.description
        == "there are no kernels '\(text)': use libtorch, fused or fused:portable, "
        + "fused:avx2 or fused:avx512"
    )
  }

  struct Lack: Sendable {
    var text: String
    var best: Instructions
    var remedy: String
  }

  @Test(arguments: [
    Lack(text: "fused:avx512", best: .avx2, remedy: "use fused:portable or fused:avx2"),
    Lack(text: "fused:avx512", best: .portable, remedy: "use fused:portable"),
    Lack(text: "fused:avx2", best: .portable, remedy: "use fused:portable"),
  ])
  func `instructions that a processor lacks are refused with those that it has`(lack: Lack) {
    let error = #expect(throws: KernelsError.self) {
      try Kernels(parsing: lack.text, best: lack.best)
    }
    #expect(
      error?.description == "the kernels \(lack.text) need instructions that this processor lacks: "
        + lack.remedy
    )
  }

  @Test
  func `a processor has all instructions up to its widest`() throws {
    #expect(Instructions.portable < .avx2 && Instructions.avx2 < .avx512)
    #expect(!(Instructions.avx2 < .avx2))
    for instructions in Instructions.allCases {
      let kernels = Kernels.fused(instructions)
      guard instructions > .best else {
        try kernels.requireAvailable(on: .cpu)
        continue
      }
      #expect(throws: KernelsError.instructions(instructions, best: .best)) {
        try kernels.requireAvailable(on: .cpu)
      }
    }
    #expect(try Kernels(parsing: "fused") == .fused(.best))
  }

  @Test
  func `fused kernels are for the CPU`() throws {
    let kernels = Kernels.fused(.portable)
    let error = #expect(throws: KernelsError.self) {
      try kernels.requireAvailable(on: .cuda(1))
    }
    #expect(error == .device(kernels, .cuda(1)))
    #expect(
      error?.description
        == "the kernels fused:portable run on the CPU, not on cuda:1: use libtorch, or "
        + "the device cpu"
    )
    try Kernels.libtorch.requireAvailable(on: .cuda(1))
  }

  @Test
  func `nobody's choice is fused on the CPU in float32 where something is fused, else libtorch`() {
    let network = Architecture.denseNet(DenseNet(growthRate: 4, depth: 10))
    #expect(Kernels.automatic(for: network, on: .cpu) == .fused(.best))
    #expect(Kernels.automatic(for: network, on: .cpu, in: .float64) == .libtorch)
    #expect(Kernels.automatic(for: network, on: .cuda(0)) == .libtorch)
    let dropping = Architecture.denseNet(DenseNet(growthRate: 4, depth: 10, dropout: 0.1))
    #expect(Kernels.automatic(for: dropping, on: .cpu) == .libtorch)
  }

  @Test
  func `a network has the kernels that it was made with, libtorch by itself`() throws {
    let architecture = Architecture.denseNet(DenseNet(growthRate: 4, depth: 10))
    func network(_ kernels: Kernels? = nil) throws -> Network {
      let initializer = try WeightInitializer(seed: 1)
      guard let kernels else {
        return try architecture.makeNetwork(classCount: 3, from: initializer)
      }
      return try architecture.makeNetwork(classCount: 3, from: initializer, kernels: kernels)
    }
    #expect(try network().kernels == .libtorch)
    #expect(try network().kernelsDescription == "libtorch")
    let fused = try network(.fused(.portable))
    #expect(fused.kernels == .fused(.portable))
    #expect(fused.kernelsDescription == "fused:portable for 6 of 7 layers, libtorch for conv1")
    let dropping = try Architecture.denseNet(DenseNet(growthRate: 4, depth: 10, dropout: 0.1))
      .makeNetwork(classCount: 3, from: WeightInitializer(seed: 1), kernels: .fused(.portable))
    #expect(
      dropping.kernelsDescription
        == "fused:portable for 1 of 7 layers, libtorch for conv1, dense1.0, trans1, ..."
    )
    #expect(try fused.stages.map(\.name) == network().stages.map(\.name))
  }
}
