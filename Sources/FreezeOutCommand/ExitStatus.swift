import ArgumentParser
import Datasets
import Foundation
import FreezeOut
import Models
import Torch
import TorchNN
import Training

/// What the program ends with when it fails, by the conventions of `sysexits.h`.
enum ExitStatus: Int32 {
  case failure = 1
  case usage = 64
  case badData = 65
  case noInput = 66
  case unavailable = 69
  case cannotCreate = 73
  case ioError = 74

  /// The status that tells a shell what kind of error it was.
  init(_ error: any Error) {
    switch error {
    case is ScheduleError, is ArchitectureError, is UsageError, TrainingError.setting,
      TrainingError.otherSettings:
      self = .usage
    case is DeviceError: self = .unavailable
    case let error as DatasetError: self = Self.status(error)
    case let error as RunFolderError: self = error.status
    case SafetensorsError.unreadable: self = .noInput
    case SafetensorsError.unwritable: self = .cannotCreate
    case is SafetensorsError, is StateDictionaryError, is RecordedCaseError,
      TrainingError.checkpoint:
      self = .badData
    default: self = .failure
    }
  }

  private static func status(_ error: DatasetError) -> ExitStatus {
    switch error {
    case .missingFile, .unreadableFile, .downloadFailed: .noInput
    case .truncatedFile, .oversizedFile, .labelByteOutOfRange, .checksumMismatch,
      .downloadChecksumMismatch, .extractionFailed:
      .badData
    case .unwritable: .cannotCreate
    default: .usage
    }
  }
}

/// Options that make no sense together.
struct UsageError: Error, CustomStringConvertible {
  let description: String
}

/// Runs a command's body; an error becomes a sentence on standard error and an exit status.
func reportingErrors(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let exit as ExitCode {
    throw exit
  } catch {
    Terminal.standardError.write("freezeout: \(error)\n")
    throw ExitCode(ExitStatus(error).rawValue)
  }
}
