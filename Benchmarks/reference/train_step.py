#!/usr/bin/env python3
"""The PyTorch side of the step benchmark: one training step at a time, on request.

The network of models.py, eager, float32, channels_last, SGD with Nesterov momentum by layer groups,
the first --frozen layers frozen in the published way. On every line of standard input it performs
one step and answers with a line of JSON: {"seconds": s, "peak_bytes": b, "start_bytes": a}, where the seconds are the
step's own (zero gradients, forward, loss, backward, update; the batch is there already) and the
bytes the process's largest resident memory so far, and before there was a network. `Benchmarks/step`
drives it.
"""

import argparse
import json
import resource
import sys
import time

import torch
from torch.nn import functional as F

import models


def peak_bytes():
  """Largest resident memory of this process so far, in bytes."""
  peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
  return peak if sys.platform == "darwin" else peak * 1024


def main():
  parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--growth-rate", type=int, default=12)
  parser.add_argument("--depth", type=int, default=76)
  parser.add_argument("--classes", type=int, default=100)
  parser.add_argument("--batch-size", type=int, default=50)
  parser.add_argument("--frozen", type=int, default=0, help="number of frozen layers")
  parser.add_argument("--threads", type=int, help="intra-op threads (default: PyTorch's)")
  parser.add_argument("--seed", type=int, default=0)
  options = parser.parse_args()

  if options.threads:
    torch.set_num_threads(options.threads)
  torch.manual_seed(options.seed)
  start_bytes = peak_bytes()
  network = models.DenseNet(options.classes, options.growth_rate, options.depth)
  network = network.to(memory_format=torch.channels_last).train()
  if not 0 <= options.frozen <= network.last_layer:
    parser.error(f"--frozen {options.frozen}: this network has layers 0...{network.last_layer}, "
                 "of which the last never freezes")
  optimizer = torch.optim.SGD(
    [{"params": parameters} for parameters in network.parameter_groups()[options.frozen:]],
    lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)
  images = torch.randn(options.batch_size, 3, 32, 32).to(memory_format=torch.channels_last)
  labels = torch.randint(options.classes, (options.batch_size,))

  for _ in sys.stdin:
    begun = time.perf_counter()
    optimizer.zero_grad()
    loss = F.nll_loss(network(images, options.frozen), labels)
    loss.backward()
    optimizer.step()
    seconds = time.perf_counter() - begun
    answer = {"seconds": seconds, "peak_bytes": peak_bytes(), "start_bytes": start_bytes}
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
  main()
