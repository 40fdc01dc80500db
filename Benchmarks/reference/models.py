"""The networks of the FreezeOut paper, written plainly in PyTorch.

This is the other side of every comparison: weight names, layer numbers and behaviour are those of
the code published with the paper (github.com/ajbrock/FreezeOut), so that weights, recorded runs and
step times mean the same on both sides. Dropout is off, as in the recorded runs.

A model's `stages` lists its layers by their number, 0...L; stage L is whatever shares the last
number. `forward(x, frozen_count)` runs the first `frozen_count` of them in the published way: a
frozen layer runs in evaluation mode, builds its graph, and detaches its output. The stem, layer 0,
is the exception of the published code: it has no batch norm, and its output is never detached.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F


class Staged(nn.Module):
  """A network as numbered layers. Subclasses set `stages`, a list of lists of modules."""

  def __init__(self):
    super().__init__()
    # A plain list: modules are registered under their published names, not under this one.
    self.stages = []

  @property
  def last_layer(self):
    """L, the number of the last layer."""
    return len(self.stages) - 1

  def parameter_groups(self):
    """The parameters of each layer, by layer number."""
    return [[p for module in stage for p in module.parameters()] for stage in self.stages]

  def freeze(self, frozen_count):
    """Puts the first layers into evaluation mode, which lasts until `train()` is called."""
    for stage in self.stages[:frozen_count]:
      for module in stage:
        module.eval()

  @staticmethod
  def close(out, layer, frozen_count):
    """A layer's output, detached where the layer is frozen (and is not the undetached stem)."""
    return out.detach() if layer < frozen_count else out

  def prefix(self, x, count):
    """What the first layers make of images, without the last one: [N, 3, 32, 32] -> [N, C, H, W]."""
    for (layer,) in self.stages[:count]:
      x = layer(x)
    return x

  def initialize(self, linear_deviation=None):
    """The published initialisation. Linear weights keep PyTorch's unless a deviation is given."""
    for module in self.modules():
      if isinstance(module, nn.Conv2d):
        n = module.kernel_size[0] * module.kernel_size[1] * module.out_channels
        nn.init.normal_(module.weight, 0, math.sqrt(2 / n))
      elif isinstance(module, nn.Linear):
        if linear_deviation is not None:
          nn.init.normal_(module.weight, 0, linear_deviation)
        nn.init.zeros_(module.bias)


# --- DenseNet ---------------------------------------------------------------------------------


class Bottleneck(nn.Module):
  """[N, C, H, W] -> [N, C + k, H, W], through 4k channels."""

  def __init__(self, channels, growth_rate):
    super().__init__()
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv1 = nn.Conv2d(channels, 4 * growth_rate, 1, bias=False)
    self.bn2 = nn.BatchNorm2d(4 * growth_rate)
    self.conv2 = nn.Conv2d(4 * growth_rate, growth_rate, 3, padding=1, bias=False)

  def forward(self, x):
    out = self.conv1(F.relu(self.bn1(x)))
    out = self.conv2(F.relu(self.bn2(out)))
    return torch.cat((x, out), 1)


class PlainLayer(nn.Module):
  """[N, C, H, W] -> [N, C + k, H, W]. Batch norm comes after the ReLU here."""

  def __init__(self, channels, growth_rate):
    super().__init__()
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv1 = nn.Conv2d(channels, growth_rate, 3, padding=1, bias=False)

  def forward(self, x):
    return torch.cat((x, self.conv1(self.bn1(F.relu(x)))), 1)


class Transition(nn.Module):
  """[N, C, H, W] -> [N, C', H / 2, W / 2]. Batch norm comes after the ReLU here."""

  def __init__(self, channels, out_channels):
    super().__init__()
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv1 = nn.Conv2d(channels, out_channels, 1, bias=False)

  def forward(self, x):
    return F.avg_pool2d(self.conv1(self.bn1(F.relu(x))), 2)


class DenseNet(Staged):
  """DenseNet (Huang et al. 2017, arXiv 1608.06993) for [N, 3, 32, 32], three dense blocks."""

  def __init__(self, classes, growth_rate=12, depth=76, reduction=0.5, bottleneck=True):
    super().__init__()
    layers_in_block = (depth - 4) // 3 // (2 if bottleneck else 1)
    layer_type = Bottleneck if bottleneck else PlainLayer

    channels = 2 * growth_rate
    self.conv1 = nn.Conv2d(3, channels, 3, padding=1, bias=False)
    self.stages.append([self.conv1])
    for block in (1, 2, 3):
      layers = [layer_type(channels + i * growth_rate, growth_rate) for i in range(layers_in_block)]
      setattr(self, f"dense{block}", nn.Sequential(*layers))
      self.stages += [[layer] for layer in layers]
      channels += layers_in_block * growth_rate
      if block < 3:
        transition = Transition(channels, math.floor(channels * reduction))
        setattr(self, f"trans{block}", transition)
        self.stages.append([transition])
        channels = math.floor(channels * reduction)
    self.bn1 = nn.BatchNorm2d(channels)
    self.fc = nn.Linear(channels, classes)
    self.stages.append([self.bn1, self.fc])
    self.initialize()

  def forward(self, x, frozen_count=0):
    self.freeze(frozen_count)
    out = self.conv1(x)
    for number, (layer,) in enumerate(self.stages[1:-1], 1):
      out = self.close(layer(out), number, frozen_count)
    out = F.avg_pool2d(F.relu(self.bn1(out)), 8).flatten(1)
    return F.log_softmax(self.fc(out), dim=1)


# --- Wide ResNet ------------------------------------------------------------------------------


class BasicBlock(nn.Module):
  """[N, C, H, W] -> [N, C', H / stride, W / stride], pre-activation.

  Where the width changes, the activation feeds both the block and the shortcut convolution.
  """

  def __init__(self, channels, out_channels, stride):
    super().__init__()
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv1 = nn.Conv2d(channels, out_channels, 3, stride=stride, padding=1, bias=False)
    self.bn2 = nn.BatchNorm2d(out_channels)
    self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
    self.convShortcut = None
    if channels != out_channels:
      self.convShortcut = nn.Conv2d(channels, out_channels, 1, stride=stride, bias=False)

  def forward(self, x):
    activation = F.relu(self.bn1(x))
    shortcut = x if self.convShortcut is None else self.convShortcut(activation)
    return shortcut + self.conv2(F.relu(self.bn2(self.conv1(activation))))


class WideResNet(Staged):
  """Wide ResNet (Zagoruyko and Komodakis 2016, arXiv 1605.07146) for [N, 3, 32, 32]."""

  def __init__(self, classes, widen_factor=4, depth=40):
    super().__init__()
    blocks_in_group = (depth - 4) // 6
    channels = 16
    self.conv1 = nn.Conv2d(3, channels, 3, padding=1, bias=False)
    self.stages.append([self.conv1])
    for group in (1, 2, 3):
      width = 16 * widen_factor * 2 ** (group - 1)
      blocks = []
      for i in range(blocks_in_group):
        blocks.append(BasicBlock(channels, width, 2 if group > 1 and i == 0 else 1))
        channels = width
      setattr(self, f"block{group}", nn.Sequential(*blocks))
      self.stages += [[block] for block in blocks]
    self.bn1 = nn.BatchNorm2d(channels)
    self.fc = nn.Linear(channels, classes)
    self.stages.append([self.bn1, self.fc])
    self.initialize()

  def forward(self, x, frozen_count=0):
    self.freeze(frozen_count)
    out = self.conv1(x)
    for number, (block,) in enumerate(self.stages[1:-1], 1):
      out = self.close(block(out), number, frozen_count)
    out = F.avg_pool2d(F.relu(self.bn1(out)), 8).flatten(1)
    return F.log_softmax(self.fc(out), dim=1)


# --- VGG --------------------------------------------------------------------------------------


class ConvolutionLayer(nn.Module):
  """[N, C, H, W] -> [N, C', H, W]."""

  def __init__(self, channels, out_channels):
    super().__init__()
    self.conv1 = nn.Conv2d(channels, out_channels, 3, padding=1, bias=False)
    self.bn1 = nn.BatchNorm2d(out_channels)

  def forward(self, x):
    return F.relu(self.bn1(self.conv1(x)))


class VGG(Staged):
  """VGG (Simonyan and Zisserman 2015, arXiv 1409.1556) for [N, 3, 32, 32].

  `configuration` lists output channels and "M" for a pooling by 2, which belongs to no layer; its
  output must be [N, 512, 1, 1]. Dropout probability 0: the recorded runs are without dropout.
  """

  def __init__(self, classes, configuration):
    super().__init__()
    modules = []
    channels = 3
    for entry in configuration:
      if entry == "M":
        modules.append(nn.MaxPool2d(2))
      else:
        modules.append(ConvolutionLayer(channels, entry))
        self.stages.append([modules[-1]])
        channels = entry
    self.features = nn.Sequential(*modules)
    self.classifier = nn.Sequential(
      nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(0),
      nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.BatchNorm1d(512), nn.Dropout(0),
      nn.Linear(512, classes),
    )
    self.stages.append([self.classifier])
    self.initialize(linear_deviation=0.01)

  def forward(self, x, frozen_count=0):
    self.freeze(frozen_count)
    number = 0
    for module in self.features:
      x = module(x)
      if isinstance(module, ConvolutionLayer):
        x = self.close(x, number, frozen_count)
        number += 1
    return F.log_softmax(self.classifier(x.flatten(1)), dim=1)

  def prefix(self, x, count):
    """As of any network; a pool behind a layer runs with it."""
    number = 0
    for module in self.features:
      if isinstance(module, ConvolutionLayer):
        if number == count:
          break
        number += 1
      x = module(x)
    return x


def build(model, architecture, classes):
  """A model by the names that a recorded case uses."""
  if model in ("densenet", "densenet-bc"):
    return DenseNet(classes, bottleneck=model == "densenet-bc", **architecture)
  if model == "wide-resnet":
    return WideResNet(classes, **architecture)
  if model == "vgg":
    return VGG(classes, **architecture)
  raise ValueError(f"there is no model {model!r}: densenet, densenet-bc, wide-resnet or vgg")
