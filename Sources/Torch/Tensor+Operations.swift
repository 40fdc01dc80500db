internal import CTorch

// MARK: - Layers of a network

extension Tensor {
  /// Convolves `[N, C, H, W]` with a weight `[O, C, K, K]` to `[N, O, H', W']`, with zeros around
  /// the image and without bias.
  ///
  /// - Throws: `TorchError` when the sizes, types or devices do not fit.
  public func convolved(weight: Tensor, stride: Int = 1, padding: Int = 0) throws -> Tensor {
    try .make("convolved", [self, weight]) {
      ct_conv2d(handle, weight.handle, Int64(stride), Int64(padding), $0)
    }
  }

  /// Multiplies `[N, C]` by the transpose of a weight `[O, C]` and adds a bias `[O]`: `[N, O]`.
  ///
  /// - Throws: `TorchError` when the sizes, types or devices do not fit.
  public func linear(weight: Tensor, bias: Tensor) throws -> Tensor {
    try .make("linear", [self, weight, bias]) {
      ct_linear(handle, weight.handle, bias.handle, $0)
    }
  }

  /// Normalises each channel of `[N, C, ...]` to `weight * (x - mean) / sqrt(variance + epsilon) +
  /// bias` (Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 1).
  ///
  /// - Parameters:
  ///   - weight: `[C]`
  ///   - bias: `[C]`
  ///   - runningMean: `[C]`; moved towards the batch's mean by `momentum` in training.
  ///   - runningVariance: `[C]`; moved towards the batch's unbiased variance in training.
  ///   - training: Whether mean and variance are the batch's own, else the running ones.
  ///   - statistics: Over what those of a batch are made, where other processes have a part of it; nil for this part
  ///     alone.
  /// - Throws: `TorchError`, also for a batch to train on that has one value a channel.
  public func batchNormalized(
    weight: Tensor,
    bias: Tensor,
    runningMean: Tensor,
    runningVariance: Tensor,
    training: Bool,
    momentum: Double,
    epsilon: Double,
    statistics: StatisticsSum? = nil
  ) throws -> Tensor {
    try .make("batchNormalized", [self, weight, bias, runningMean, runningVariance]) {
      ct_batch_norm(
        handle,
        weight.handle,
        bias.handle,
        runningMean.handle,
        runningVariance.handle,
        training,
        momentum,
        epsilon,
        statistics.code,
        $0
      )
    }
  }

  /// max(x, 0)
  ///
  /// - Throws: `TorchError` when there is no memory for it.
  public func relu() throws -> Tensor {
    try .make("relu", [self]) { ct_relu(handle, $0) }
  }

  /// max(x, 0), written over this tensor's own memory, which the result shares.
  ///
  /// Only where what made this tensor does not need it for its own backward pass, as batch norm,
  /// which needs its input alone.
  ///
  /// - Throws: `TorchError`, also for a leaf whose gradient is made.
  public func reluInPlace() throws -> Tensor {
    try .make("reluInPlace", [self]) { ct_relu_in_place(handle, $0) }
  }

  /// Zeroes each element with the given probability and scales the others by `1 / (1 -
  /// probability)`.
  ///
  /// - Throws: `TorchError` for a probability outside of [0, 1).
  public func droppedOut(probability: Double, from generator: Generator) throws -> Tensor {
    try withExtendedLifetime(generator) {
      try .make("droppedOut", [self]) {
        ct_dropout(handle, probability, generator.handle, $0)
      }
    }
  }

  /// The mean of windows of `size` x `size` side by side: `[N, C, H / size, W / size]`.
  ///
  /// - Throws: `TorchError` for sizes that hold no such window, and for a window of none.
  public func averagePooled(size: Int) throws -> Tensor {
    try .make("averagePooled", [self]) { ct_average_pool2d(handle, Int64(size), $0) }
  }

  /// The greatest of windows of `size` x `size` side by side: `[N, C, H / size, W / size]`.
  ///
  /// - Throws: `TorchError` for sizes that hold no such window, and for a window of none.
  public func maxPooled(size: Int) throws -> Tensor {
    try .make("maxPooled", [self]) { ct_max_pool2d(handle, Int64(size), $0) }
  }

  /// The mean over height and width: `[N, C, H, W]` to `[N, C]`.
  ///
  /// - Throws: `TorchError` for fewer than four sizes, and for integers.
  public func globallyAveragePooled() throws -> Tensor {
    try .make("globallyAveragePooled", [self]) { ct_global_average_pool(handle, $0) }
  }
}

// MARK: - Putting tensors together

extension Tensor {
  /// Joins tensors whose other sizes are equal along the channels, dimension 1.
  ///
  /// - Throws: `TorchError` for no tensors, and for sizes that do not fit.
  public static func concatenated(_ tensors: [Tensor]) throws -> Tensor {
    try make("concatenated", tensors) {
      ct_concatenate(tensors.map(\.handle), Int64(tensors.count), $0)
    }
  }

  /// The sum, element by element, of two tensors of equal sizes.
  ///
  /// - Throws: `TorchError` when the sizes or devices do not fit.
  public func adding(_ other: Tensor) throws -> Tensor {
    try .make("adding", [self, other]) { ct_add(handle, other.handle, $0) }
  }

  /// Every element times a number.
  ///
  /// - Throws: `TorchError` when there is no memory for it.
  public func scaled(by factor: Double) throws -> Tensor {
    try .make("scaled", [self]) { ct_scale(handle, factor, $0) }
  }

  /// `[N, ...]` as `[N, product of the rest]`.
  ///
  /// - Throws: `TorchError` for fewer than two sizes.
  public func flattened() throws -> Tensor {
    try .make("flattened", [self]) { ct_flatten(handle, $0) }
  }
}

// MARK: - Classification

extension Tensor {
  /// The logarithms of the probabilities that scores `[N, K]` stand for: x - log(sum(exp(x))).
  ///
  /// - Throws: `TorchError` for fewer than two sizes, and for integers.
  public func logSoftmax() throws -> Tensor {
    try .make("logSoftmax", [self]) { ct_log_softmax(handle, $0) }
  }

  /// The mean of -log p over the rows of log-probabilities `[N, K]`, each at its label; labels
  /// `[N]` of `int64`.
  ///
  /// - Throws: `TorchError`, also for a label outside of `0..<K`.
  public func negativeLogLikelihood(labels: Tensor) throws -> Tensor {
    try .make("negativeLogLikelihood", [self, labels]) {
      ct_nll_loss(handle, labels.handle, $0)
    }
  }

  /// How many rows of scores `[N, K]` are greatest at another place than their label; labels `[N]`
  /// of `int64`.
  ///
  /// - Returns: One element of `int64`.
  /// - Throws: `TorchError` when the sizes or types do not fit.
  public func errorCount(labels: Tensor) throws -> Tensor {
    try .make("errorCount", [self, labels]) { ct_error_count(handle, labels.handle, $0) }
  }
}
