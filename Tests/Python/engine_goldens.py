"""Writes Tests/TorchTests/*Goldens.swift: what PyTorch says that the engine must compute.

  python3 Tests/Python/engine_goldens.py && swift format -i Tests/TorchTests/*Goldens.swift

Operands hold exact multiples of 1/8 by a rule that the tests know too, and everything is computed in
float64. The derivative of an operation is that of sum(output * c[n] * u[f]), n the first index of the
output and f the others' together.
"""

import pathlib

import torch
import torch.nn.functional as F


def numbers(count, seed):
  """-2.5 to 2.5 in steps of 1/8; the same as `numbers` in Numbers.swift."""
  return torch.tensor([((i * 37 + seed * 11) % 41 - 20) / 8 for i in range(count)], dtype=torch.float64)


def operand(shape, seed):
  return numbers(torch.Size(shape).numel(), seed).reshape(shape).requires_grad_()


# name, operands' shapes, PyTorch, Swift
CASES = [
  ("a 3x3 convolution", [[2, 2, 3, 3], [2, 2, 3, 3]],
   "F.conv2d(a, b, padding=1)", "$0[0].convolved(weight: $0[1], padding: 1)"),
  ("a 3x3 convolution of every second pixel", [[2, 2, 4, 4], [2, 2, 3, 3]],
   "F.conv2d(a, b, stride=2, padding=1)", "$0[0].convolved(weight: $0[1], stride: 2, padding: 1)"),
  ("a 1x1 convolution", [[2, 3, 2, 2], [2, 3, 1, 1]],
   "F.conv2d(a, b)", "$0[0].convolved(weight: $0[1])"),
  ("an affine map", [[2, 3], [4, 3], [4]],
   "F.linear(a, b, c)", "$0[0].linear(weight: $0[1], bias: $0[2])"),
  ("batch norm of images with the batch's statistics", [[2, 2, 2, 2], [2], [2]],
   "F.batch_norm(a, mean, var, b, c, True, 0.1, 1e-5)",
   "batchNorm($0, training: true)"),
  ("batch norm of vectors with the batch's statistics", [[3, 2], [2], [2]],
   "F.batch_norm(a, mean, var, b, c, True, 0.1, 1e-5)",
   "batchNorm($0, training: true)"),
  ("batch norm of images with running statistics", [[2, 2, 2, 2], [2], [2]],
   "F.batch_norm(a, mean, var, b, c, False, 0.1, 1e-5)",
   "batchNorm($0, training: false)"),
  ("ReLU", [[2, 2, 2, 2]], "F.relu(a)", "$0[0].relu()"),
  ("ReLU over the memory of batch norm", [[2, 2, 2, 2], [2], [2]],
   "F.relu_(F.batch_norm(a, mean, var, b, c, True, 0.1, 1e-5))",
   "batchNorm($0, training: true).reluInPlace()"),
  ("the mean of 2x2 windows, the odd edge left out", [[2, 2, 4, 5]],
   "F.avg_pool2d(a, 2)", "$0[0].averagePooled(size: 2)"),
  ("the greatest of 2x2 windows, the odd edge left out", [[2, 2, 4, 5]],
   "F.max_pool2d(a, 2)", "$0[0].maxPooled(size: 2)"),
  ("the mean over the image", [[2, 3, 2, 3]],
   "a.mean((2, 3))", "$0[0].globallyAveragePooled()"),
  ("joined channels", [[2, 1, 2, 2], [2, 2, 2, 2]],
   "torch.cat((a, b), 1)", "Tensor.concatenated($0)"),
  ("a sum", [[2, 2, 2, 2], [2, 2, 2, 2]], "a + b", "$0[0].adding($0[1])"),
  ("flattening", [[2, 2, 2, 2]], "a.flatten(1)", "$0[0].flattened()"),
  ("log-probabilities", [[3, 4]], "F.log_softmax(a, 1)", "$0[0].logSoftmax()"),
  ("the loss", [[3, 4]],
   "F.nll_loss(a, torch.tensor([2, 0, 3])).reshape(1, 1)",
   "$0[0].negativeLogLikelihood(labels: Tensor([Int64(2), 0, 3], shape: [3]))"),
]


def literal(tensor, indent):
  words = [f"{x:.9g}" for x in tensor.detach().flatten().tolist()]
  lines, line = [], ""
  for word in words:
    if line and len(indent) + 2 + len(line) + len(word) + 2 > 99:
      lines.append(line.rstrip())
      line = ""
    line += word + ", "
  lines.append(line.rstrip())
  if len(lines) == 1:
    return "[" + lines[0].rstrip(",") + "]"
  return "[\n" + "\n".join(f"{indent}  {l}" for l in lines) + f"\n{indent}]"



def operation_golden(name, shapes, python, swift):
  operands = [operand(shape, seed) for seed, shape in enumerate(shapes, 1)]
  scope = dict(zip("abc", operands), torch=torch, F=F)
  mean = torch.tensor([0.25, -0.5], dtype=torch.float64)
  var = torch.tensor([1.5, 0.75], dtype=torch.float64)
  output = eval(python, scope, dict(mean=mean, var=var))
  rows = output.flatten(1)
  (rows * numbers(rows.shape[0], 7)[:, None] * numbers(rows.shape[1], 8)).sum().backward()
  text = f"""  OperationGolden(
    name: "{name}",
    // {python}
    operation: {{ try {swift} }},
    operandShapes: {shapes},
    outputShape: {list(output.shape)},
    output: {literal(output, '    ')},
    gradients: [
"""
  for x in operands:
    text += f"      {literal(x.grad, '      ')},\n"
  text += "    ]"
  if "batch_norm" in python:
    text += f",\n    runningMean: {literal(mean, '    ')}"
    text += f",\n    runningVariance: {literal(var, '    ')}"
  return text + "\n  ),\n"


def operation_goldens():
  text = """// Made by Tests/Python/engine_goldens.py; edit that. The comment in each entry is the PyTorch
// expression, in which `a`, `b`, `c` are the operands, `mean` is [0.25, -0.5] and `var` is
// [1.5, 0.75].

import Torch

let operationGoldens: [OperationGolden] = [
"""
  return text + "".join(operation_golden(*case) for case in CASES) + "]\n"


def descent_golden(momentum, weight_decay, nesterov):
  # The loss is sum(p * numbers(count, step)): the gradient of step 1, 2, 3 is numbers(count, step).
  p = operand([24], 5)
  optimizer = torch.optim.SGD([p], lr=0.5, momentum=momentum, weight_decay=weight_decay,
                              nesterov=nesterov)
  for step in (1, 2, 3):
    optimizer.param_groups[0]["lr"] = 0.5 / step
    optimizer.zero_grad()
    (p * numbers(24, step)).sum().backward()
    optimizer.step()
  velocity = optimizer.state[p].get("momentum_buffer")
  text = f"""  GradientDescentGolden(
    rule: GradientDescent(
      momentum: {momentum}, weightDecay: {weight_decay}, nesterov: {str(nesterov).lower()}),
    parameters: {literal(p, '    ')}"""
  if velocity is not None:
    text += f",\n    momenta: {literal(velocity, '    ')}"
  return text + "\n  ),\n"


def descent_goldens():
  text = """// Made by Tests/Python/engine_goldens.py; edit that. Each entry is what torch.optim.SGD makes of
// numbers(24, seed: 5) in three steps with the rates 0.5, 0.5 / 2, 0.5 / 3, the gradient of step i
// being numbers(24, seed: i).

import Torch

let gradientDescentGoldens: [GradientDescentGolden] = [
"""
  rules = [(0.0, 0.0, False), (0.0, 0.25, False), (0.9, 0.0, False), (0.9, 0.25, False),
           (0.9, 0.25, True)]
  return text + "".join(descent_golden(*rule) for rule in rules) + "]\n"


tests = pathlib.Path(__file__).parent.parent / "TorchTests"
(tests / "OperationGoldens.swift").write_text(operation_goldens())
(tests / "GradientDescentGoldens.swift").write_text(descent_goldens())
