internal import CTorch

// MARK: - Operations of frozen layers

extension Tensor {
  /// Convolves `[N, C, H, W]` with a weight `[O, C, K, K]` and adds a bias `[O]`: `[N, O, H', W']`,
  /// with zeros around the image. Not recorded for the backward pass.
  ///
  /// In float32 on the CPU, with channels last and where libtorch has oneDNN, an image's result is the
  /// same bits in any batch of at least as many images as libtorch has threads.
  ///
  /// - Parameters:
  ///   - bias: nil for none.
  ///   - rectified: Whether the result is max(x, 0), which costs no pass of its own where libtorch can
  ///     make it within the convolution.
  /// - Throws: `TorchError` when the sizes, types or devices do not fit.
  public func convolved(
    weight: Tensor,
    bias: Tensor?,
    stride: Int = 1,
    padding: Int = 0,
    rectified: Bool
  ) throws -> Tensor {
    try .make("convolved", [self, weight] + (bias.map { [$0] } ?? [])) {
      ct_conv2d_inference(
        handle,
        weight.handle,
        bias?.handle ?? ct_tensor(pointer: nil),
        Int64(stride),
        Int64(padding),
        rectified,
        $0
      )
    }
  }

  /// max(scale * x + shift, 0) of `[N, C, H, W]`, in one pass over memory. Not recorded for the
  /// backward pass.
  ///
  /// - Parameters:
  ///   - scale: `[C]`, of this tensor's type.
  ///   - shift: `[C]`, of this tensor's type.
  ///   - rectifiedBefore: scale * max(x, 0) + shift instead.
  /// - Throws: `TorchError` when the sizes, types or devices do not fit.
  public func scaledAndRectified(
    scale: Tensor,
    shift: Tensor,
    rectifiedBefore: Bool = false
  ) throws -> Tensor {
    try .make("scaledAndRectified", [self, scale, shift]) {
      ct_scale_shift_relu(handle, scale.handle, shift.handle, rectifiedBefore, $0)
    }
  }

  /// The sum, written over this tensor's own memory, which the result shares.
  ///
  /// - Throws: `TorchError` when the sizes or devices do not fit.
  public func addingInPlace(_ other: Tensor) throws -> Tensor {
    try .make("addingInPlace", [self, other]) { ct_add_in_place(handle, other.handle, $0) }
  }
}

// MARK: - Parts of a tensor

extension Tensor {
  /// Some of the channels of `[N, C, ...]`, as a view of the same memory.
  ///
  /// - Throws: `TorchError` when there are no such channels.
  public func channels(_ range: Range<Int>) throws -> Tensor {
    try narrowed(dimension: 1, range)
  }

  /// Some of the rows of `[N, ...]`, as a view of the same memory.
  ///
  /// - Throws: `TorchError` when there are no such rows.
  public func rows(_ range: Range<Int>) throws -> Tensor {
    try narrowed(dimension: 0, range)
  }

  private func narrowed(dimension: Int64, _ range: Range<Int>) throws -> Tensor {
    try .make("narrowed", [self]) {
      ct_narrow(handle, dimension, Int64(range.lowerBound), Int64(range.count), $0)
    }
  }

  /// A tensor like this one, of other sizes, whose elements are not set.
  ///
  /// - Parameter shape: The sizes; four of them where `format` is `channelsLast`.
  /// - Throws: `TorchError` without memory for it.
  public func uninitialized(_ shape: [Int], format: MemoryFormat) throws -> Tensor {
    let sizes = shape.map(Int64.init)
    let (type, device) = try (scalarType.code, device.code)
    return try .make("uninitialized", [self]) {
      ct_tensor_empty(sizes, Int64(sizes.count), type, format.code, device, $0)
    }
  }
}
