// Weights as they lie with their owner, read and written a vector at a time.

/// A tap of all kernels as a matrix [inputs, outputs], or [outputs, inputs] for the gradient of the input.
template <class T>
struct Unpacked {
  const T *weight;
  int64_t depth, columns, k_step, column_step, tap_step;

  Unpacked(const ck_convolution &convolution, bool for_gradient)
      : weight(static_cast<const T *>(convolution.weight)),
        depth(for_gradient ? convolution.outputs : convolution.inputs),
        columns(for_gradient ? convolution.inputs : convolution.outputs),
        k_step(for_gradient ? convolution.output_step : convolution.input_step),
        column_step(for_gradient ? convolution.input_step : convolution.output_step),
        tap_step(convolution.tap_step) {}

  /// The vectors of columns from `column` at `k..<k + count`, zeros beyond the last column. `count` is at
  /// most a vector's elements: a kernel's row in memory is then read at once, whichever way it lies.
  void read(int64_t column, int64_t k, int64_t count, int64_t tap, Vector<T> *to) const {
    const T *from = weight + k * k_step + tap * tap_step;
    if (column_step == 1) {
      for (int64_t index = 0; index < count; ++index) {
        to[index] = load_within(from + index * k_step, column, columns);
      }
      return;
    }
    alignas(64) T elements[lanes<T>][lanes<T>] = {};
    for (int64_t lane = 0; lane < lanes<T> && column + lane < columns; ++lane) {
      const T *row = from + (column + lane) * column_step;
      for (int64_t index = 0; index < count; ++index) elements[index][lane] = row[index * k_step];
    }
    for (int64_t index = 0; index < count; ++index) to[index] = load(elements[index]);
  }
};

/// Writes a vector of inputs of a tap of an output's kernels.
template <class T>
static void write_weights(const ck_convolution &convolution, T *weight, int64_t output,
                          int64_t input, int64_t tap, Vector<T> value) {
  T *row = weight + output * convolution.output_step + tap * convolution.tap_step;
  if (convolution.input_step == 1) {
    store_within(row, input, convolution.inputs, value);
    return;
  }
  for (int64_t lane = 0; lane < lanes<T> && input + lane < convolution.inputs; ++lane) {
    row[(input + lane) * convolution.input_step] = value[lane];
  }
}
