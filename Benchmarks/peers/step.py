#!/usr/bin/env python3
"""The PyTorch side of `freezeout bench --peer`: one training step at a time, on request.

The networks of ../reference/models.py, eager or compiled, SGD with Nesterov momentum by layers, with the first
--frozen layers frozen in one of the ways that people use:

  published  as the FreezeOut script does: the layer runs in evaluation mode and builds its graph, and
             its output is detached; its parameters leave the optimizer
  composer   as MosaicML Composer's LayerFreezing does: requires_grad is switched off and the
             parameters leave the optimizer; the layer goes on in training mode
  baseline   nothing freezes

With --prefix it is not a training step but the forward pass of the frozen layers alone, in evaluation
mode and without gradients. For every line of standard input one of these is done (on a GPU ten, one behind
the other, and their mean taken, without forward, backward and optimizer) and answered with a line of
JSON: seconds (all of it: gradients released, forward, loss, backward, update; the batch is there already),
forward, backward, optimizer, peak_bytes (the process's largest resident memory so far) and start_bytes
(before there was a network).

With --device cuda or cuda:N it runs on a GPU. Times are taken when the GPU has done all that it was asked to;
peak_bytes is then the most of the GPU's memory that PyTorch's tensors took at once
(torch.cuda.max_memory_allocated), and start_bytes is 0. --precision is that of the products:

  float32    on a GPU with TF32 switched off, which PyTorch leaves on for convolutions
  tf32       TF32 for convolutions and matrix products, on a GPU alone
  bfloat16   the forward pass within torch.autocast; log_softmax and the loss, weights, their gradients
             and batch norm's statistics stay float32

With --compile the network goes through torch.compile, with its default settings. The first forward and
backward pass, which compiles, is made before any step; every answer then has compile_seconds as well:
what that pass took. Compiled code that earlier runs left in PyTorch's cache makes it shorter.
--can-compile only finds out whether that works here: it ends with status 1 and a reason where not.
"""

import argparse
import contextlib
import json
import os
import re
import resource
import sys
import tempfile
import time

import torch
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "reference"))
import models  # noqa: E402

# Simonyan and Zisserman's table 1, the configurations with 3x3 convolutions alone.
VGG = {letter: [entry for channels, count in zip((64, 128, 256, 512, 512), counts)
                for entry in [channels] * count + ["M"]]
       for letter, counts in {"A": (1, 1, 2, 2, 2), "B": (2, 2, 2, 2, 2), "D": (2, 2, 3, 3, 3),
                              "E": (2, 2, 4, 4, 4)}.items()}


def device_named(text):
  """cpu, cuda (the first GPU) or cuda:N."""
  match = re.fullmatch("cpu|cuda(?::([0-9]+))?", text)
  index = int(match[1] or 0) if match else 0
  # PyTorch keeps the number in a signed byte, and takes those beyond for others.
  if not match or index > 127:
    raise argparse.ArgumentTypeError(f"there is no device '{text}': use cpu, cuda or cuda:N")
  return torch.device("cpu") if text == "cpu" else torch.device("cuda", index)


def use(device):
  """Makes a GPU the one that this process runs on; where it is not there the process ends."""
  if device.type == "cpu":
    return
  count = torch.cuda.device_count() if torch.cuda.is_available() else 0
  if device.index >= count:
    sys.exit(f"device {device} is not there: this PyTorch finds "
             + (f"{count} CUDA GPU(s), from cuda:0" if count else "no CUDA GPU, use cpu"))
  torch.cuda.set_device(device)


def now(device):
  """Seconds on a clock, read when the device has done all that it was asked to."""
  if device.type == "cuda":
    torch.cuda.synchronize(device)
  return time.perf_counter()


def mean_of_row(work, device, reads_late=False, length=10):
  """What work takes on a GPU, which is waited for only where a loss is read and at the end of a row: its parts have no times
  of their own. A loss is read when its step has been asked for, or, late, when the next one has been."""
  begun = now(device)
  before = None
  for _ in range(length):
    loss = work()
    read = before if reads_late else loss
    if read is not None:
      read.item()
    before = loss
  value = None if before is None else before.item()
  seconds = (now(device) - begun) / length
  return {"seconds": seconds, "forward": None, "backward": None, "optimizer": None, "loss": value}


def peak_bytes(device):
  """The most memory so far, in bytes: a GPU's that tensors took, else this process's resident memory."""
  if device.type == "cuda":
    return torch.cuda.max_memory_allocated(device)
  peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
  return peak if sys.platform == "darwin" else peak * 1024


def vgg_configuration(text):
  """A letter, or channels and M with commas."""
  if text.upper() in VGG:
    return VGG[text.upper()]
  return [entry.upper() if entry.upper() == "M" else int(entry) for entry in text.split(",")]


def build(options):
  if options.model == "densenet":
    return models.DenseNet(options.classes, options.growth_rate, options.depth or 76,
                           options.reduction, options.bottleneck)
  if options.model == "wrn":
    return models.WideResNet(options.classes, options.widen_factor, options.depth or 40)
  return models.VGG(options.classes, vgg_configuration(options.configuration))


def set_precision(network, options):
  """What --precision changes besides `products`."""
  torch.backends.cuda.matmul.allow_tf32 = options.precision == "tf32"
  torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
  if options.precision == "bfloat16":
    # On the CPU autocast would leave log_softmax, with which a network ends, in bfloat16.
    last = [module for module in network.modules() if isinstance(module, torch.nn.Linear)][-1]
    last.register_forward_hook(lambda module, inputs, scores: scores.float())


def products(options):
  """The context of a forward pass in the precision that is asked for."""
  if options.precision == "bfloat16":
    return torch.autocast(options.device.type, dtype=torch.bfloat16)
  return contextlib.nullcontext()


class TrainingStep:
  """A training step, and what its parts took."""

  def __init__(self, network, options, images, labels):
    self.network = torch.compile(network) if options.compile else network
    self.images, self.labels, self.options = images, labels, options
    # Composer's layers know nothing of a frozen count: they are in training mode and attached.
    self.detached_count = options.frozen if options.way == "published" else 0
    if options.way == "composer":
      for parameters in network.parameter_groups()[:options.frozen]:
        for parameter in parameters:
          parameter.requires_grad_(False)
    self.optimizer = torch.optim.SGD(
      [{"params": parameters} for parameters in network.parameter_groups()[options.frozen:]],
      lr=options.learning_rate, momentum=0.9, nesterov=True, weight_decay=1e-4)

  def loss(self):
    """The forward pass."""
    with products(self.options):
      log_probabilities = self.network(self.images, self.detached_count)
    return F.nll_loss(log_probabilities, self.labels)

  def prepare(self):
    """Compiles what a step runs: its first passes, without the update."""
    self.loss().backward()
    self.optimizer.zero_grad()

  def __call__(self):
    device = self.options.device
    if device.type == "cuda":
      # The published code reads each loss at once; who compiles for speed need not.
      return mean_of_row(self.whole_step, device, reads_late=self.options.compile)
    begun = now(device)
    self.optimizer.zero_grad()
    loss = self.loss()
    loss_value = loss.item()
    forward = now(device)
    loss.backward()
    backward = now(device)
    self.optimizer.step()
    end = now(device)
    return {"seconds": end - begun, "forward": forward - begun, "backward": backward - forward,
            "optimizer": end - backward, "loss": loss_value}

  def whole_step(self):
    """A step, and its loss on the device."""
    self.optimizer.zero_grad()
    loss = self.loss()
    loss.backward()
    self.optimizer.step()
    return loss.detach()


class PrefixPass:
  """The forward pass of the frozen layers alone."""

  def __init__(self, network, options, images):
    prefix = network.eval().prefix
    self.prefix = torch.compile(prefix) if options.compile else prefix
    self.images, self.options = images, options

  def prepare(self):
    """Compiles the layers."""
    self.run()

  def run(self):
    with torch.no_grad(), products(self.options):
      self.prefix(self.images, self.options.frozen)

  def __call__(self):
    if self.options.device.type == "cuda":
      return mean_of_row(self.run, self.options.device)
    begun = now(self.options.device)
    self.run()
    seconds = now(self.options.device) - begun
    return {"seconds": seconds, "forward": seconds, "backward": 0, "optimizer": 0}


def require_compiler(device):
  """Compiles one operation, with nothing from PyTorch's cache; without success the process ends."""
  with tempfile.TemporaryDirectory() as cache:
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache
    try:
      torch.compile(lambda x: torch.relu(x) + 1)(torch.ones(64, device=device))
    except Exception as error:
      lines = [line for line in str(error).splitlines() if line.strip()]
      sys.exit(lines[0] if lines else type(error).__name__)


def arguments():
  parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--model", choices=("densenet", "wrn", "vgg"), default="densenet")
  parser.add_argument("--growth-rate", type=int, default=12)
  parser.add_argument("--depth", type=int, help="(densenet 76, wrn 40)")
  parser.add_argument("--reduction", type=float, default=0.5)
  parser.add_argument("--bottleneck", action=argparse.BooleanOptionalAction, default=True)
  parser.add_argument("--widen-factor", type=int, default=4)
  parser.add_argument("--configuration", default="D")
  parser.add_argument("--classes", type=int, default=100)
  parser.add_argument("--batch-size", type=int, default=50)
  parser.add_argument("--frozen", type=int, default=0, help="number of frozen layers")
  parser.add_argument("--way", choices=("published", "composer", "baseline"), default="published")
  parser.add_argument("--layout", choices=("nchw", "channels_last"), default="nchw")
  parser.add_argument("--compile", action="store_true", help="with torch.compile")
  parser.add_argument("--can-compile", action="store_true", help="find out whether --compile works")
  parser.add_argument("--prefix", action="store_true", help="the frozen layers' forward pass alone")
  parser.add_argument("--learning-rate", type=float, default=0.01)
  parser.add_argument("--device", type=device_named, default="cpu", help="cpu, cuda or cuda:N (cpu)")
  parser.add_argument("--precision", choices=("float32", "tf32", "bfloat16"), default="float32")
  parser.add_argument("--threads", type=int, help="intra-op threads (default: PyTorch's)")
  parser.add_argument("--seed", type=int, default=0)
  options = parser.parse_args()
  if options.way == "baseline" and options.frozen:
    parser.error("the baseline freezes nothing: drop --frozen")
  if options.precision == "tf32" and options.device.type == "cpu":
    parser.error("--precision tf32 is that of GPUs: use float32 or bfloat16, or --device cuda")
  return parser, options


def main():
  parser, options = arguments()
  use(options.device)
  if options.can_compile:
    return require_compiler(options.device)
  if options.threads:
    torch.set_num_threads(options.threads)
  torch.manual_seed(options.seed)
  start_bytes = peak_bytes(options.device)
  network = build(options)
  if not 0 <= options.frozen <= network.last_layer:
    parser.error(f"--frozen {options.frozen}: this network has layers 0...{network.last_layer}, "
                 "of which the last never freezes")
  images = torch.randn(options.batch_size, 3, 32, 32)
  labels = torch.randint(options.classes, (options.batch_size,))
  # Made on the CPU, so that numbers are the same on every device.
  network, images, labels = (each.to(options.device) for each in (network, images, labels))
  if options.layout == "channels_last":
    network = network.to(memory_format=torch.channels_last)
    images = images.to(memory_format=torch.channels_last)
  set_precision(network, options)
  network.train()
  work = (PrefixPass(network, options, images) if options.prefix
          else TrainingStep(network, options, images, labels))
  constant = {"start_bytes": start_bytes}
  if options.compile:
    begun = now(options.device)
    work.prepare()
    constant["compile_seconds"] = now(options.device) - begun
  for _ in sys.stdin:
    answer = work() | {"peak_bytes": peak_bytes(options.device)} | constant
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
  main()
