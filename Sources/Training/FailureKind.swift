import Datasets
import FreezeOut
import Models
import Torch
import TorchNN

/// What sort of thing went wrong, for whoever has to react to errors of all layers alike.
public enum FailureKind: Hashable, Sendable {
  /// A setting that cannot be: change the request.
  case setting
  /// A device that this machine does not have.
  case unavailableDevice
  /// Input that is not there or cannot be read.
  case missingInput
  /// Input that is damaged or of another kind.
  case malformedInput
  /// A file or folder that cannot be written.
  case unwritable
  /// Anything else: the work itself failed.
  case work

  /// Sorts an error that this package threw.
  public init(_ error: any Error) {
    switch error {
    case is ScheduleError, is SavingEstimateError, is MeasuredCostsError, is ArchitectureError,
      is KernelsError, is WeightInitializerError,
      TrainingError.setting, TrainingError.otherSettings, TrainingError.otherLength,
      DeviceError.unknownName:
      self = .setting
    case DeviceError.unavailable: self = .unavailableDevice
    case let error as DatasetError: self.init(error)
    case SafetensorsError.unreadable: self = .missingInput
    case SafetensorsError.unwritable, is FeatureStoreError: self = .unwritable
    case is SafetensorsError, is StateDictionaryError, is RecordedCaseError,
      TrainingError.checkpoint, TrainingError.weights:
      self = .malformedInput
    default: self = .work
    }
  }

  private init(_ error: DatasetError) {
    switch error {
    case .missingFile, .unreadableFile, .downloadFailed: self = .missingInput
    case .truncatedFile, .oversizedFile, .labelByteOutOfRange, .checksumMismatch,
      .downloadChecksumMismatch, .extractionFailed:
      self = .malformedInput
    case .unwritable: self = .unwritable
    default: self = .setting
    }
  }
}
