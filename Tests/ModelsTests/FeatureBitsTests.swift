import Models
import Testing
import Torch
import TorchNN

/// That an image's features are the same bits in any batch, with any number of threads: at the widths
/// of the published networks, for which libtorch and oneDNN choose other code than for narrow ones.
struct FeatureBitsTests {
  // The number of threads is the process's.
  @Test
  func `a DenseNet-BC's features are the same bits in any batch`() async {
    await #expect(processExitsWith: .success) {
      try requireSameBits(.denseNet(DenseNet(growthRate: 12, depth: 40)))
    }
  }

  @Test
  func `a plain DenseNet's features are the same bits in any batch`() async {
    await #expect(processExitsWith: .success) {
      try requireSameBits(
        .denseNet(DenseNet(growthRate: 12, depth: 40, bottleneck: false, reduction: 1))
      )
    }
  }

  @Test
  func `a Wide ResNet's features are the same bits in any batch`() async {
    await #expect(processExitsWith: .success) {
      try requireSameBits(.wideResNet(WideResNet(depth: 16, widenFactor: 4)))
    }
  }

  @Test
  func `a VGG's features are the same bits in any batch`() async {
    await #expect(processExitsWith: .success) {
      try requireSameBits(.vgg(VGG(.d)))
    }
  }

  @Test
  func `fused kernels make the same bits in any batch`() async {
    await #expect(processExitsWith: .success) {
      try requireSameBits(.denseNet(DenseNet(growthRate: 12, depth: 40)), .fused(.best))
    }
    await #expect(processExitsWith: .success) {
      let plain = DenseNet(growthRate: 12, depth: 22, bottleneck: false, reduction: 1)
      try requireSameBits(.denseNet(plain), .fused(.best))
    }
    await #expect(processExitsWith: .success) {
      try requireSameBits(.wideResNet(WideResNet(depth: 16, widenFactor: 4)), .fused(.best))
    }
    await #expect(processExitsWith: .success) {
      try requireSameBits(.vgg(VGG(.d)), .fused(.best))
    }
  }
}

/// Compares batches of several sizes with one of 50 images, with 1, 2 and 3 threads.
private func requireSameBits(_ architecture: Architecture, _ kernels: Kernels = .libtorch) throws {
  let network = try architecture.makeNetwork(
    classCount: 10,
    from: WeightInitializer(seed: 1)
  )
  var prefix = FrozenPrefix()
  try prefix.append(network.stages.dropLast(), kernels: kernels)
  let all = try images(50)
  for threadCount in [1, 2, 3] {
    try Runtime.setThreadCount(threadCount)
    let together = try prefix.features(of: all)
    let numberCount = Set(try bits(together)).count
    try #require(numberCount > 1000)
    for count in [1, 2, 3, 7, 15, 16, 17, 33] {
      let range = 50 - count..<50
      let alone = try bits(prefix.features(of: all.rows(range)))
      let among = try bits(together.rows(range))
      try #require(alone == among, "\(count) images, \(threadCount) threads")
    }
  }
}
