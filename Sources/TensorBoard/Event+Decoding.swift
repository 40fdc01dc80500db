import Foundation
internal import SwiftProtobuf

extension Event {
  /// The events of a file that this package wrote, up to the first that is not whole: for tests, which
  /// compare files apart from their times.
  ///
  /// - Throws: `EventFileError`
  package static func events(in file: Data) throws -> [Event] {
    try RecordFraming.messages(in: file).enumerated().map { index, bytes in
      guard let message = try? Tensorboard_Event(serializedBytes: bytes),
        let content = try? message.content
      else { throw EventFileError.foreign(record: index) }
      return Event(wallSeconds: message.wallTime, step: Int(message.step), content: content)
    }
  }
}

extension Tensorboard_Event {
  /// Nil for what this package does not write.
  fileprivate var content: Event.Content? {
    get throws {
      switch what {
      case .fileVersion(Event.fileVersion): return .beginning(writer: sourceMetadata.writer)
      case .sessionLog(let log) where log.status == .start: return .restart
      case .fileVersion, .sessionLog, nil: return nil
      case .summary(let summary):
        if let value = summary.value.first, value.hasMetadata {
          return try value.metadata.hyperparameters
        }
        return .scalars(summary.value.map { Scalar($0.tag, Double($0.simpleValue)) })
      }
    }
  }
}

extension Tensorboard_SummaryMetadata {
  fileprivate var hyperparameters: Event.Content? {
    get throws {
      guard pluginData.pluginName == HyperparameterTag.pluginName else { return nil }
      switch try Tensorboard_Hparams_HParamsPluginData(serializedBytes: pluginData.content).data {
      case .experiment(let experiment): return .experiment(Experiment(experiment))
      case .sessionStartInfo(let start):
        return .sessionStart(start.hparams.compactMapValues(Hyperparameter.init))
      case .sessionEndInfo(let end):
        return .sessionEnd(end.status == .success ? .success : .failure)
      case nil: return nil
      }
    }
  }
}

extension Hyperparameter {
  fileprivate init?(_ message: Google_Protobuf_Value) {
    switch message.kind {
    case .boolValue(let value): self = .flag(value)
    case .numberValue(let value): self = .number(value)
    case .stringValue(let value): self = .text(value)
    default: return nil
    }
  }
}

extension Experiment {
  fileprivate init(_ message: Tensorboard_Hparams_Experiment) {
    columns = message.hparamInfos.map { info in
      switch info.type {
      case .bool: Column(info.name, .flag)
      case .float64: Column(info.name, .number)
      default: Column(info.name, .text(info.domainDiscrete.values.map(\.stringValue)))
      }
    }
    metrics = message.metricInfos.map(\.name.tag)
  }
}
