import Foundation
internal import SwiftProtobuf

extension Event {
  /// The record's bytes. A file is nothing but records, one after another; the first has the content
  /// `.beginning`.
  ///
  /// The same event has the same bytes.
  ///
  /// - Throws: When the message is too large for its format: 2 GB.
  public func encoded() throws -> Data {
    RecordFraming.framed(try message().bytes)
  }

  func message() throws -> Tensorboard_Event {
    var event = Tensorboard_Event()
    event.wallTime = wallSeconds
    event.step = Int64(step)
    switch content {
    case .beginning(let writer):
      event.fileVersion = Self.fileVersion
      event.sourceMetadata.writer = writer
    case .restart:
      event.sessionLog.status = .start
    case .scalars(let scalars):
      event.summary.value = scalars.map { scalar in
        var value = Tensorboard_Summary.Value()
        value.tag = scalar.tag
        value.simpleValue = Float(scalar.value)
        return value
      }
    case .experiment(let experiment):
      var data = Tensorboard_Hparams_HParamsPluginData()
      data.experiment = experiment.message(created: wallSeconds)
      event.summary = try data.summary(tag: .experiment)
    case .sessionStart(let hyperparameters):
      var data = Tensorboard_Hparams_HParamsPluginData()
      data.sessionStartInfo.hparams = hyperparameters.mapValues(\.message)
      data.sessionStartInfo.startTimeSecs = wallSeconds
      event.summary = try data.summary(tag: .sessionStart)
    case .sessionEnd(let outcome):
      var data = Tensorboard_Hparams_HParamsPluginData()
      data.sessionEndInfo.status = outcome == .success ? .success : .failure
      data.sessionEndInfo.endTimeSecs = wallSeconds
      event.summary = try data.summary(tag: .sessionEnd)
    }
    return event
  }

  /// The format's only version (tensorboard/compat/proto/event.proto).
  static let fileVersion = "brain.Event:2"
}

/// Where the plugin for hyperparameters looks (tensorboard/plugins/hparams/metadata.py).
enum HyperparameterTag: String {
  case experiment = "_hparams_/experiment"
  case sessionStart = "_hparams_/session_start_info"
  case sessionEnd = "_hparams_/session_end_info"

  static let pluginName = "hparams"
}

extension Tensorboard_Hparams_HParamsPluginData {
  /// All of it is metadata; a summary without a value will do.
  fileprivate func summary(tag: HyperparameterTag) throws -> Tensorboard_Summary {
    var value = Tensorboard_Summary.Value()
    value.tag = tag.rawValue
    value.metadata.pluginData.pluginName = HyperparameterTag.pluginName
    value.metadata.pluginData.content = try bytes
    var summary = Tensorboard_Summary()
    summary.value = [value]
    return summary
  }
}

extension Message {
  /// A dictionary has another order in every process; its bytes must not.
  fileprivate var bytes: Data {
    get throws {
      var options = BinaryEncodingOptions()
      options.useDeterministicOrdering = true
      return try serializedBytes(options: options)
    }
  }
}

extension Hyperparameter {
  fileprivate var message: Google_Protobuf_Value {
    switch self {
    case .flag(let value): Google_Protobuf_Value(boolValue: value)
    case .number(let value): Google_Protobuf_Value(numberValue: value)
    case .text(let value): Google_Protobuf_Value(stringValue: value)
    }
  }
}

extension Experiment {
  fileprivate func message(created seconds: Double) -> Tensorboard_Hparams_Experiment {
    var message = Tensorboard_Hparams_Experiment()
    message.timeCreatedSecs = seconds
    message.hparamInfos = columns.map(\.message)
    message.metricInfos = metrics.map { tag in
      var metric = Tensorboard_Hparams_MetricInfo()
      metric.name.tag = tag
      return metric
    }
    return message
  }
}

extension Experiment.Column {
  fileprivate var message: Tensorboard_Hparams_HParamInfo {
    var message = Tensorboard_Hparams_HParamInfo()
    message.name = name
    switch kind {
    case .flag:
      message.type = .bool
      message.domainDiscrete.values = [true, false].map { .init(boolValue: $0) }
    case .number:
      message.type = .float64
    case .text(let words):
      message.type = .string
      if !words.isEmpty {
        message.domainDiscrete.values = words.map { .init(stringValue: $0) }
      }
    }
    return message
  }
}
