"""The PyTorch side of InteropTests.swift.

  python3 interop.py networks MODELS FOLDER...
  python3 interop.py tensors INPUT OUTPUT

`networks`: MODELS is the path of Benchmarks/reference/models.py. Each FOLDER has `case.json` (model,
architecture, classes), `weights.safetensors` and `inputs.safetensors` (inputs). Loads the weights
strictly, writes `answer.safetensors` (log_probabilities), changes every weight and every running
statistic, and writes `changed.safetensors` and `changed_answer.safetensors` likewise.

`tensors`: reads INPUT, checks what Swift put there, and writes it, each tensor doubled, to OUTPUT.
"""

import importlib.util
import json
import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file


def networks(models_path, *folders):
  spec = importlib.util.spec_from_file_location("models", models_path)
  models = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(models)
  generator = torch.Generator().manual_seed(1)
  for folder in map(pathlib.Path, folders):
    case = json.loads((folder / "case.json").read_text())
    network = models.build(case["model"], case["architecture"], case["classes"])
    network.load_state_dict(load_file(folder / "weights.safetensors"), strict=True)
    network.eval()
    inputs = load_file(folder / "inputs.safetensors")["inputs"]
    with torch.no_grad():
      save_file({"log_probabilities": network(inputs)}, folder / "answer.safetensors")
      for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
          factors = torch.rand(tensor.shape, generator=generator) * 0.2 + 0.9
          tensor.mul_(factors).add_(0.001)
      save_file(network.state_dict(), folder / "changed.safetensors", metadata={"format": "pt"})
      save_file({"log_probabilities": network(inputs)}, folder / "changed_answer.safetensors")


def tensors(source, target):
  read = load_file(source)
  with safe_open(source, "pt") as file:
    assert file.metadata() == {"by": "Swift", "\u00e4": "\u00df"}, file.metadata()
  expected = {
    "u8": torch.tensor([0, 7, 127], dtype=torch.uint8),
    "i64": torch.tensor([[-5], [2**40]]),
    "f32": torch.arange(24, dtype=torch.float32).reshape(2, 3, 2, 2),
    "f64": torch.tensor([0.1, -1e300], dtype=torch.float64),
    "scalar": torch.tensor(2.5),
    "empty": torch.zeros(0, 3),
    "n\u00e4me/\U0001f600": torch.tensor([1.0]),
  }
  assert read.keys() == expected.keys(), read.keys()
  for name, tensor in expected.items():
    assert read[name].dtype == tensor.dtype and torch.equal(read[name], tensor), (name, read[name])
  save_file({name: tensor * 2 for name, tensor in read.items()}, target, metadata={"by": "Python"})


{"networks": networks, "tensors": tensors}[sys.argv[1]](*sys.argv[2:])
