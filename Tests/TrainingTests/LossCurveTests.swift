import Foundation
import Testing

@testable import Training

struct LossCurveTests {
  @Test
  func `a point is the mean over its stretch's images, the last one over what is left`() {
    // 2,500 iterations make stretches of three.
    #expect(LossCurve.stretch(ofIterations: 2_500) == 3)
    var curve = LossCurve()
    for (index, loss) in [2.0, 4, 6, 1].enumerated() {
      curve.add(
        .of(iterations: index + 1, loss: loss, imageCount: index == 2 ? 2 : 1),
        of: 2_500,
        trainSeconds: 0.5 * Double(index + 1)
      )
    }
    #expect(curve.points == [.init(iterations: 3, loss: 4.5, trainSeconds: 1.5)])
    curve.add(.of(iterations: 2_500, loss: 3), of: 2_500, trainSeconds: 2.5)
    #expect(curve.points.last == .init(iterations: 2_500, loss: 2, trainSeconds: 2.5))
  }

  @Test(arguments: zip([1, 16, 1_000, 1_001, 90_000], [1, 1, 1, 2, 90]))
  func `no run has more than a thousand points`(iterations: Int, stretch: Int) {
    #expect(LossCurve.stretch(ofIterations: iterations) == stretch)
    var curve = LossCurve()
    for made in 1...iterations {
      curve.add(.of(iterations: made, loss: 1), of: iterations, trainSeconds: 0)
    }
    #expect(curve.points.count == (iterations + stretch - 1) / stretch)
    #expect(curve.points.count <= LossCurve.greatestPointCount)
    #expect(curve.points.last?.iterations == iterations)
    #expect(curve.isPossible(atIteration: iterations, of: iterations, batchSize: 1))
    #expect(
      iterations == 1
        || !curve.isPossible(atIteration: iterations - 1, of: iterations, batchSize: 1)
    )
  }

  @Test
  func `a curve that was written down within a stretch goes on as it would have`() throws {
    var whole = LossCurve.of([1, 2], loss: 0.1, run: 2_500)
    var resumed = try JSONDecoder().decode(LossCurve.self, from: JSONEncoder().encode(whole))
    whole.add(.of(iterations: 3, loss: 0.7), of: 2_500, trainSeconds: 3)
    resumed.add(.of(iterations: 3, loss: 0.7), of: 2_500, trainSeconds: 3)
    #expect(resumed == whole && resumed.points.count == 1)
  }

  @Test
  func `a curve without a beginning is possible, one with a gap or of another run is not`() {
    #expect(LossCurve().isPossible(atIteration: 5, of: 12, batchSize: 1))
    #expect(LossCurve.of([4, 5]).isPossible(atIteration: 5, of: 12, batchSize: 1))
    #expect(!LossCurve.of([3, 5]).isPossible(atIteration: 5, of: 12, batchSize: 1))
    #expect(!LossCurve.of([4]).isPossible(atIteration: 5, of: 12, batchSize: 1))
    #expect(!LossCurve.of([6]).isPossible(atIteration: 5, of: 12, batchSize: 1))
    #expect(!LossCurve.of([5], loss: .infinity).isPossible(atIteration: 5, of: 12, batchSize: 1))
    // Stretches of three: after five iterations one has ended, and after the last all.
    #expect(LossCurve.of([3], run: 2_500).isPossible(atIteration: 5, of: 2_500, batchSize: 1))
    #expect(
      LossCurve.of([2_499, 2_500], run: 2_500).isPossible(
        atIteration: 2_500,
        of: 2_500,
        batchSize: 1
      )
    )
    #expect(
      !LossCurve.of([2_499], run: 2_500).isPossible(atIteration: 2_500, of: 2_500, batchSize: 1)
    )
  }

  /// Two iterations of four images into a stretch of three: after those 8 images at most.
  @Test(arguments: [
    (0.0, 0, true), (16, 8, true), (-3e39, 8, false), (2e39, 8, true), (3e39, 8, false),
    (1, 0, false), (0, 9, false), (0, -1, false), (0, .max, false), (1.7e308, 8, false),
  ])
  func `a sum within a stretch is one of as many images`(
    lossSum: Double,
    imageCount: Int,
    isPossible: Bool
  ) {
    let curve = LossCurve.within(lossSum: lossSum, imageCount: imageCount)
    #expect(curve.isPossible(atIteration: 2, of: 2_500, batchSize: 4) == isPossible)
    // Where a stretch ends nothing is begun.
    let isEmpty = lossSum == 0 && imageCount == 0
    #expect(curve.isPossible(atIteration: 3, of: 2_500, batchSize: 4) == isEmpty)
    #expect(curve.isPossible(atIteration: 2_500, of: 2_500, batchSize: 4) == isEmpty)
  }

  @Test
  func `a point that no loss of 32 bits has is impossible`() {
    #expect(LossCurve.of([5], loss: 3e38).isPossible(atIteration: 5, of: 12, batchSize: 1))
    #expect(!LossCurve.of([5], loss: 4e38).isPossible(atIteration: 5, of: 12, batchSize: 1))
  }
}

extension LossCurve {
  /// A curve that was added to at these iterations alone.
  static func of(_ iterations: [Int], loss: Double = 1, run: Int = 12) -> LossCurve {
    var curve = LossCurve()
    for made in iterations {
      curve.add(.of(iterations: made, loss: loss), of: run, trainSeconds: 1)
    }
    return curve
  }

  /// A curve without points within a stretch.
  static func within(lossSum: Double, imageCount: Int) -> LossCurve {
    let json = #"{"points": [], "lossSum": \#(lossSum), "imageCount": \#(imageCount)}"#
    do {
      return try JSONDecoder().decode(LossCurve.self, from: Data(json.utf8))
    } catch {
      fatalError("\(json) is no curve: \(error)")
    }
  }
}

extension Trainer.IterationReport {
  /// An iteration of half a second.
  static func of(iterations: Int, loss: Double, imageCount: Int = 1) -> Self {
    Self(
      iterations: iterations,
      loss: loss,
      imageCount: imageCount,
      seconds: 0.5,
      dataSeconds: 0,
      frozenCount: 0,
      learningRate: 0.1
    )
  }
}
