import TensorBoard
import Training

/// The names of a run's curves in TensorBoard.
enum RunTag {
  static let loss = "loss/training"
  static let epochLoss = "loss/training by epoch"
  static let evaluationLoss = "loss/evaluation"
  static let evaluationError = "error percent/evaluation"
  static let frozenLayers = "frozen layers/count"
  static let imagesPerSecond = "images per second/training"
  static let epochSeconds = "seconds an epoch/training"
  static let dataSeconds = "seconds an epoch/training, waiting for data"
  static let idleSeconds = "seconds an epoch/training, GPU idle"
  static let evaluationSeconds = "seconds an epoch/evaluation"
  static let secondsInAll = "seconds in all/training"

  static func learningRate(of layer: String) -> String { "learning rate/\(layer)" }
}

extension EpochRecord {
  /// Its points.
  ///
  /// - Parameter secondsInAll: How long the run has trained by its end.
  func scalars(secondsInAll: Double) -> [Scalar] {
    var scalars = [
      Scalar(RunTag.epochLoss, trainLoss),
      Scalar(RunTag.frozenLayers, Double(frozenCount)),
      Scalar(RunTag.imagesPerSecond, imagesPerSecond),
      Scalar(RunTag.epochSeconds, trainSeconds),
      Scalar(RunTag.dataSeconds, dataSeconds),
      Scalar(RunTag.secondsInAll, secondsInAll),
    ]
    if let idleSeconds { scalars.append(Scalar(RunTag.idleSeconds, idleSeconds)) }
    if let evaluationLoss, let evaluationError {
      scalars += [
        Scalar(RunTag.evaluationLoss, evaluationLoss),
        Scalar(RunTag.evaluationError, evaluationError),
        Scalar(RunTag.evaluationSeconds, evaluationSeconds),
      ]
    }
    return scalars
  }
}

extension FreezeRecord {
  /// Its points, but for the learning rates.
  var scalars: [Scalar] { [Scalar(RunTag.frozenLayers, Double(frozenCount))] }
}

extension RunRecord {
  /// The number of iterations made before what it tells, which is the number of the first that it is
  /// about, or after all of them.
  var step: Int {
    switch self {
    case .freeze(let record): record.iteration
    case .epoch(let record): record.iterations
    }
  }
}
