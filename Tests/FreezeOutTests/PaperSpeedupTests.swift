import FreezeOut
import Testing

struct PaperSpeedupTests {
  @Test
  func `the table has the 120 published rows`() {
    #expect(publishedSpeedups.count == 12)
    #expect(publishedSpeedups.allSatisfy { $0.speedups.count == 10 })
    #expect(PublishedSpeedups.firstFreezes.count == 10)
  }

  @Test(arguments: publishedSpeedups)
  func `speedups are the published ones`(row: PublishedSpeedups) {
    for (firstFreeze, published) in zip(PublishedSpeedups.firstFreezes, row.speedups) {
      let speedup = paperSpeedup(
        growthRate: row.growthRate,
        depth: row.depth,
        firstFreeze: firstFreeze,
        growth: row.growth
      )
      #expect(abs(speedup - published) < 1e-12, "t0 = \(firstFreeze)")
    }
  }

  @Test(arguments: [(4, 0), (16, 2), (21, 2), (22, 3), (40, 6), (76, 12), (100, 16)])
  func `a depth stands for the layers in each block, rounded down`(depth: Int, layersPerBlock: Int)
  {
    for growth in Growth.allCases {
      let byDepth = paperSpeedup(growthRate: 12, depth: depth, firstFreeze: 0.5, growth: growth)
      let byLayers = paperSpeedup(
        growthRate: 12,
        layersPerBlock: layersPerBlock,
        firstFreeze: 0.5,
        growth: growth
      )
      #expect(byDepth == byLayers)
    }
  }

  @Test
  func `linear growth alone is multiplied by 1.3`() {
    // The stem alone, with t = t0: its backward pass is half of all, and half of it is left out.
    func stemOnly(_ growth: Growth, _ firstFreeze: Double) -> Double {
      paperSpeedup(growthRate: 12, layersPerBlock: 0, firstFreeze: firstFreeze, growth: growth)
    }
    #expect(stemOnly(.linear, 0.5) == 1.3 * 0.25)
    #expect(stemOnly(.squared, 0.5) == 0.5 * 0.75)
    #expect(stemOnly(.cubic, 0.5) == 0.5 * 0.875)
  }

  @Test
  func `a huge growth rate does not overflow`() {
    let speedup = paperSpeedup(
      growthRate: .max,
      layersPerBlock: 2,
      firstFreeze: 0.5,
      growth: .cubic
    )
    #expect(speedup > 0 && speedup < 0.5)
  }
}
