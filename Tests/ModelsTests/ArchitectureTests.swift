import Foundation
import Models
import Testing
import Torch
import TorchNN

/// A depth that an architecture cannot have, and the nearest that it can.
struct DepthCase: Sendable, CustomTestStringConvertible {
  let architecture: Architecture
  let name: String
  let depth: Int
  let rule: String
  let nearest: [Int]

  var testDescription: String { "\(name) \(depth)" }
}

private func denseNetBC(_ depth: Int, _ nearest: Int...) -> DepthCase {
  DepthCase(
    architecture: .denseNet(DenseNet(depth: depth)),
    name: "DenseNet-BC",
    depth: depth,
    rule: "4 + 6 * n",
    nearest: nearest
  )
}

private func plainDenseNet(_ depth: Int, _ nearest: Int...) -> DepthCase {
  DepthCase(
    architecture: .denseNet(DenseNet(depth: depth, bottleneck: false, reduction: 1)),
    name: "DenseNet",
    depth: depth,
    rule: "4 + 3 * n",
    nearest: nearest
  )
}

private func wideResNet(_ depth: Int, _ nearest: Int...) -> DepthCase {
  DepthCase(
    architecture: .wideResNet(WideResNet(depth: depth)),
    name: "Wide ResNet",
    depth: depth,
    rule: "4 + 6 * n",
    nearest: nearest
  )
}

private let depthCases: [DepthCase] = [
  denseNetBC(75, 70, 76), denseNetBC(77, 76, 82), denseNetBC(81, 76, 82), denseNetBC(11, 10, 16),
  denseNetBC(9, 10), denseNetBC(4, 10), denseNetBC(0, 10), denseNetBC(-2, 10), denseNetBC(-5, 10),
  denseNetBC(65_535, 65_530, 65_536), denseNetBC(65_537, 65_536), denseNetBC(65_542, 65_536),
  denseNetBC(.max, 65_536), denseNetBC(.max - 1, 65_536), denseNetBC(.min, 10),
  denseNetBC(.min + 4, 10),
  plainDenseNet(41, 40, 43), plainDenseNet(5, 7), plainDenseNet(4, 7), plainDenseNet(.min, 7),
  plainDenseNet(.max, 65_536),
  wideResNet(41, 40, 46), wideResNet(39, 34, 40), wideResNet(4, 10), wideResNet(0, 10),
  wideResNet(-5, 10), wideResNet(.max, 65_536), wideResNet(.min, 10),
]

struct ArchitectureTests {
  @Test(arguments: depthCases)
  func `a depth that there is not is refused with the nearest that there are`(
    refused: DepthCase
  ) throws {
    let error = ArchitectureError.depth(
      architecture: refused.name,
      depth: refused.depth,
      rule: refused.rule,
      nearest: refused.nearest
    )
    #expect(throws: error) { try refused.architecture.validate() }
    #expect(throws: error) {
      _ = try refused.architecture.makeNetwork(classCount: 10, from: WeightInitializer(seed: 1))
    }
    for depth in refused.nearest {
      switch refused.architecture {
      case .denseNet(var value):
        value.depth = depth
        try value.validate()
      case .wideResNet(var value):
        value.depth = depth
        try value.validate()
      case .vgg: Issue.record("VGG has no depth")
      }
    }
  }

  @Test
  func `a refused depth reads as one sentence`() {
    let error = #expect(throws: ArchitectureError.self) { try DenseNet(depth: 75).validate() }
    #expect(
      error?.description
        == "DenseNet-BC has no depth 75: it must be 4 + 6 * n; the nearest are 70 and 76"
    )
  }

  @Test
  func `the number of layers of a depth is there even where the depth is none`() {
    #expect(DenseNet(depth: 76).layersPerBlock == 12)
    #expect(DenseNet(depth: 40, bottleneck: false).layersPerBlock == 12)
    #expect(DenseNet(depth: .min).layersPerBlock == 0)
    #expect(WideResNet(depth: 40).blocksPerGroup == 6)
    #expect(WideResNet(depth: .min).blocksPerGroup == 0)
  }

  @Test(arguments: [
    (Architecture.denseNet(DenseNet(growthRate: 0)), "a growth rate of 0 is"),
    (.denseNet(DenseNet(growthRate: -12)), "a growth rate of -12 is"),
    (.denseNet(DenseNet(growthRate: .max)), "a growth rate of \(Int.max) is"),
    (.denseNet(DenseNet(growthRate: .min)), "a growth rate of \(Int.min) is"),
    (.denseNet(DenseNet(reduction: 0)), "a reduction of 0.0 is"),
    (.denseNet(DenseNet(reduction: -0.5)), "a reduction of -0.5 is"),
    (.denseNet(DenseNet(reduction: 1.01)), "a reduction of 1.01 is"),
    (.denseNet(DenseNet(reduction: .nan)), "a reduction of nan is"),
    (.denseNet(DenseNet(reduction: .infinity)), "a reduction of inf is"),
    (.denseNet(DenseNet(reduction: 1e-9)), "a reduction of 1e-09 is"),
    // 30 channels leave one to the first transition, whose 1 + 10 leave none to the second.
    (.denseNet(DenseNet(growthRate: 10, depth: 10, reduction: 0.05)), "a reduction of 0.05 is"),
    (.denseNet(DenseNet(dropout: 1)), "a dropout of 1.0 is"),
    (.denseNet(DenseNet(dropout: -0.1)), "a dropout of -0.1 is"),
    (.denseNet(DenseNet(dropout: .nan)), "a dropout of nan is"),
    (.wideResNet(WideResNet(widenFactor: 0)), "a widen factor of 0 is"),
    (.wideResNet(WideResNet(widenFactor: -1)), "a widen factor of -1 is"),
    (.wideResNet(WideResNet(widenFactor: .max)), "a widen factor of \(Int.max) is"),
    (.wideResNet(WideResNet(dropout: 1)), "a dropout of 1.0 is"),
    (.vgg(VGG(dropout: 1)), "a dropout of 1.0 is"),
    (.vgg(VGG(dropout: .nan)), "a dropout of nan is"),
    (.vgg(VGG(steps: [.convolution(0)])), "a number of channels of 0 is"),
    (.vgg(VGG(steps: [.convolution(64), .convolution(-1)])), "a number of channels of -1 is"),
    (.vgg(VGG(steps: [.convolution(.max)])), "a number of channels of \(Int.max) is"),
    (.vgg(VGG(steps: [])), "the VGG configuration '' is"),
    (.vgg(VGG(steps: [.maxPool, .convolution(8)])), "the VGG configuration 'M,8' is"),
    (
      .vgg(VGG(steps: [.convolution(8)] + Array(repeating: .maxPool, count: 6))),
      "the VGG configuration '8,M,M,M,M,M,M' is"
    ),
    (
      .vgg(VGG(steps: Array(repeating: .convolution(8), count: 1_001))),
      "the VGG configuration '8,8,"
    ),
  ])
  func `a setting that cannot be is refused before anything is made`(
    architecture: Architecture,
    start: String
  ) {
    let error = #expect(throws: ArchitectureError.self) { try architecture.validate() }
    #expect(error?.description.hasPrefix(start) == true, "\(error?.description ?? "")")
    #expect(throws: ArchitectureError.self) {
      _ = try architecture.makeNetwork(classCount: 10, from: WeightInitializer(seed: 1))
    }
  }

  @Test(
    arguments: [
      DenseNet(growthRate: 10, depth: 10, reduction: 0.05),
      DenseNet(growthRate: 1, depth: 10, reduction: 1e-9),
      DenseNet(growthRate: 7, depth: 22, bottleneck: false, reduction: 0.001),
      // 72 channels and then 49, whose product with their rounded reciprocal is below 1.
      DenseNet(growthRate: 12, depth: 28, reduction: 0.015),
      DenseNet(growthRate: 7, depth: 34, reduction: 0.02),
      DenseNet(growthRate: 1, depth: 292, reduction: 0.001),
      DenseNet(growthRate: 12, depth: 76, reduction: .leastNonzeroMagnitude),
    ]
  )
  func `a refused reduction's remedy is accepted, and nothing smaller is`(refused: DenseNet)
    throws
  {
    let error = #expect(throws: ArchitectureError.self) { try refused.validate() }
    let words = try #require(error).description.split(separator: " ")
    let place = try #require(words.firstIndex(of: "least"))
    var remedied = refused
    remedied.reduction = try #require(Double(words[place + 1].dropLast()))
    try remedied.validate()
    remedied.reduction = remedied.reduction.nextDown
    #expect(throws: ArchitectureError.self) { try remedied.validate() }
  }

  @Test(arguments: [1, 0, -1, 65_537, Int.max, Int.min])
  func `a number of classes that cannot be is refused`(classCount: Int) {
    #expect(
      throws: ArchitectureError.outOfRange(
        "number of classes",
        "\(classCount)",
        "between 2 and 65536"
      )
    ) {
      _ = try SmallArchitecture.all[0].network(classCount: classCount)
    }
  }

  @Test
  func `settings at the edge of what can be make a network`() throws {
    let edges: [Architecture] = [
      .denseNet(DenseNet(growthRate: 1, depth: 10, reduction: 0.5)),
      .denseNet(DenseNet(growthRate: 1, depth: 7, bottleneck: false, reduction: 1, dropout: 0.99)),
      .wideResNet(WideResNet(depth: 10, widenFactor: 1, dropout: 0.99)),
      .vgg(VGG(steps: [.convolution(1)] + Array(repeating: .maxPool, count: 5), dropout: 0)),
    ]
    for architecture in edges {
      let network = try architecture.makeNetwork(classCount: 2, from: WeightInitializer(seed: 1))
      #expect(try network(images(2), mode: .inference).shape == [2, 2])
    }
  }
}

struct VGGTextTests {
  @Test(arguments: [
    ("D", "D", 13 + 5), ("d", "D", 18), ("A", "A", 8 + 5), ("E", "E", 16 + 5), ("B", "B", 10 + 5),
    ("64,M,128,M", "64,M,128,M", 4), (" 64 , m,128", "64,M,128", 3), ("8", "8", 1),
    ("64,M,128,M,256,256,M,512,512,M,512,512,M", "A", 13),
  ])
  func `a configuration reads from its letter or its steps`(
    text: String,
    written: String,
    stepCount: Int
  ) throws {
    let vgg = try VGG(parsing: text, dropout: 0.25)
    #expect(vgg.text == written)
    #expect(vgg.steps.count == stepCount)
    #expect(vgg.dropout == 0.25)
    #expect(try VGG(parsing: vgg.text, dropout: 0.25) == vgg)
    let coded = try JSONDecoder().decode(VGG.self, from: JSONEncoder().encode(vgg))
    #expect(coded == vgg)
  }

  @Test(arguments: [
    "", " ", ",", "64,", ",64", "C", "VGG16", "M", "M,64", "0", "-64", "64,-1", "6 4", "64;M",
    "64.0",
    "1e3", "0x40", "65537", "99999999999999999999", "64,M,M,M,M,M,M", "\u{0}", "64,\u{661}",
    String(repeating: "8,", count: 100_000) + "8",
  ])
  func `any other text is refused`(text: String) {
    #expect(throws: ArchitectureError.self) { _ = try VGG(parsing: text) }
  }

  @Test(arguments: [
    #"{"configuration":"","dropout":0.5}"#, #"{"configuration":"D","dropout":1}"#,
    #"{"configuration":"M"}"#, "{}", "[]", #"{"configuration":7,"dropout":0}"#,
  ])
  func `JSON of an impossible network is refused by reading it or by checking it`(json: String) {
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(VGG.self, from: Data(json.utf8)).validate()
    }
  }

  @Test(arguments: SmallArchitecture.all)
  func `every architecture is the same after JSON`(small: SmallArchitecture) throws {
    let data = try JSONEncoder().encode(small.architecture)
    #expect(try JSONDecoder().decode(Architecture.self, from: data) == small.architecture)
  }
  @Test(arguments: [
    (
      Architecture.denseNet(DenseNet(growthRate: 4, depth: 10, dropout: 0.25)),
      #"{"bottleneck":true,"depth":10,"dropout":0.25,"growthRate":4,"model":"densenet","#
        + #""reduction":0.5}"#
    ),
    (
      .wideResNet(WideResNet(depth: 16, widenFactor: 2)),
      #"{"depth":16,"dropout":0,"model":"wrn","widenFactor":2}"#
    ),
    (.vgg(VGG(.d)), #"{"configuration":"D","dropout":0.5,"model":"vgg"}"#),
    (
      .vgg(VGG(steps: [.convolution(8), .maxPool], dropout: 0)),
      #"{"configuration":"8,M","dropout":0,"model":"vgg"}"#
    ),
  ])
  func `an architecture is this JSON, and back`(architecture: Architecture, json: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(String(decoding: try encoder.encode(architecture), as: UTF8.self) == json)
    #expect(try JSONDecoder().decode(Architecture.self, from: Data(json.utf8)) == architecture)
  }

  @Test(arguments: [
    "{}", #"{"model":"lenet"}"#, #"{"model":"vgg"}"#, #"{"vgg":{"_0":{"configuration":"D"}}}"#,
    #"{"configuration":"D","dropout":2,"model":"vgg"}"#,
    #"{"depth":17,"dropout":0,"model":"wrn","widenFactor":2}"#,
  ])
  func `JSON of no network is refused by reading it`(json: String) {
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(Architecture.self, from: Data(json.utf8))
    }
  }
}
