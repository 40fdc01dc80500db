"""The Python side of EventReadingTests.swift: what TensorBoard's own classes read in a run's folder.

  python3 tensorboard_events.py FOLDER

Prints JSON: `scalars` (by tag: lists of step, value and wall time), `hyperparameters` and `start` of the
row in the table of runs, `status` and `end` at its end, `columns` (name and type) and `metrics` of the
table.
"""

import json
import sys

from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.hparams import api_pb2, metadata


def value(message):
  return getattr(message, message.WhichOneof("kind"))


def read(folder):
  # 0 keeps every point of a curve.
  events = event_accumulator.EventAccumulator(folder, size_guidance={event_accumulator.SCALARS: 0})
  events.Reload()

  def content(tag):
    return events.SummaryMetadata(tag).plugin_data.content

  start = metadata.parse_session_start_info_plugin_data(content(metadata.SESSION_START_INFO_TAG))
  end = metadata.parse_session_end_info_plugin_data(content(metadata.SESSION_END_INFO_TAG))
  experiment = metadata.parse_experiment_plugin_data(content(metadata.EXPERIMENT_TAG))
  return {
    "scalars": {
      tag: [[point.step, point.value, point.wall_time] for point in events.Scalars(tag)]
      for tag in events.Tags()[event_accumulator.SCALARS]
    },
    "hyperparameters": {name: value(message) for name, message in start.hparams.items()},
    "start": start.start_time_secs,
    "status": api_pb2.Status.Name(end.status),
    "end": end.end_time_secs,
    "columns": [[info.name, api_pb2.DataType.Name(info.type)] for info in experiment.hparam_infos],
    "metrics": [info.name.tag for info in experiment.metric_infos],
  }


print(json.dumps(read(sys.argv[1])))
