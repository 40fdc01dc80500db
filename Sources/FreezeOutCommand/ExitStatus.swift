import ArgumentParser
import Processes
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
    case is UsageError: self = .usage
    case is TerminalError: self = .ioError
    case BenchError.noPeers, BenchError.cannotStart, BenchError.ended, BenchError.noTorch:
      self = .unavailable
    case is BenchError: self = .badData
    case ProcessGroupError.noBinding, ProcessGroupError.binding: self = .unavailable
    case let error as RunFolderError: self = error.status
    case let error as FailedRun: self.init(error.reason)
    case let error as ReportError: self = error.status
    default:
      switch FailureKind(error) {
      case .setting: self = .usage
      case .unavailableDevice: self = .unavailable
      case .missingInput: self = .noInput
      case .malformedInput: self = .badData
      case .unwritable: self = .cannotCreate
      case .work: self = .failure
      }
    }
  }
}

/// An error that knows what the program ends with: a number of another process or of a signal.
protocol ErrorWithStatus: Error {
  var exitStatus: Int32 { get }
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
  } catch let error as any ErrorWithStatus {
    Terminal.standardError.write("freezeout: \(error)\n")
    throw ExitCode(error.exitStatus)
  } catch {
    Terminal.standardError.write("freezeout: \(error)\n")
    throw ExitCode(ExitStatus(error).rawValue)
  }
}
