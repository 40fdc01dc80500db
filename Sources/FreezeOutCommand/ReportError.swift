/// Why there is no report.
enum ReportError: Error, Equatable, CustomStringConvertible {
  case noFolder(String)
  case noRun(String)
  case damaged(String, reason: String)
  /// There is nothing that renders charts.
  case noRenderer(reason: String)
  /// It is there and fails.
  case rendering(reason: String)

  var description: String {
    switch self {
    case .noFolder(let path): "there is no folder \(path): give that of a run or one above"
    case .noRun(let paths):
      "there is no run in \(paths): give a folder that train, compare or sweep left"
    case .damaged(let path, let reason): "\(path) cannot be read (\(reason))"
    case .noRenderer(let reason):
      "the charts cannot be drawn (\(reason)): connect to the network and repeat the command, or "
        + "install \(ChartRenderer.requirement) for python3, or ask for --data alone"
    case .rendering(let reason):
      "vl-convert cannot draw a chart (\(reason)): install \(ChartRenderer.requirement) for python3"
    }
  }

  var status: ExitStatus {
    switch self {
    case .noFolder, .noRun: .noInput
    case .damaged: .badData
    case .noRenderer: .unavailable
    case .rendering: .failure
    }
  }
}
