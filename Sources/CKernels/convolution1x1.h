// Activation and convolution with 1x1 kernels: products of matrices [pixel, channel], a panel of pixels at
// a time.

/// How many pixels are worked on at a time: a multiple of every tile's rows.
constexpr int64_t pixels_at_a_time = 96;

/// The weights as a packed matrix [inputs, outputs], or [outputs, inputs] where `for_gradient`: the columns
/// `begin..<end`, both whole vectors.
template <class T>
static void pack_matrix(const ck_convolution &convolution, bool for_gradient, T *packed,
                        int64_t begin, int64_t end) {
  const Unpacked<T> matrix(convolution, for_gradient);
  for (int64_t column = begin; column < end; column += lanes<T>) {
    const PackedColumns place = PackedColumns::at<T>(column, matrix.columns, matrix.depth);
    for (int64_t k = 0; k < matrix.depth; k += lanes<T>) {
      const int64_t count = matrix.depth - k < lanes<T> ? matrix.depth - k : lanes<T>;
      Vector<T> rows[lanes<T>];
      matrix.read(column, k, count, 0, rows);
      for (int64_t index = 0; index < count; ++index) store(packed + place(k + index), rows[index]);
    }
  }
}

/// Reads `count` pixels of `vectors` vectors of channels, pixel by pixel as they lie in memory.
template <int vectors, class T, class Source>
static void gather_vectors(const Source &source, int64_t first_pixel, int64_t count,
                           int64_t channel, T *to, int64_t stride) {
  const auto readers = [&]<size_t... index>(std::index_sequence<index...>) {
    return std::array<decltype(source.reader(0)), vectors>{
        source.reader(channel + static_cast<int64_t>(index) * lanes<T>)...};
  }(std::make_index_sequence<vectors>());
  for (int64_t pixel = 0; pixel < count; ++pixel) {
#pragma unroll
    for (int vector = 0; vector < vectors; ++vector) {
      store(to + pixel * stride + channel + vector * lanes<T>,
            readers[vector](first_pixel + pixel));
    }
  }
}

/// Reads `count` pixels into a matrix [pixel, channel] with rows of whole vectors.
template <class T, class Source>
static void gather_pixels(const Source &source, int64_t first_pixel, int64_t count,
                          int64_t channels, T *to) {
  const int64_t stride = whole_vectors<T>(channels);
  each_panel<T>(channels, [&](int64_t channel, int vectors) {
    switch (vectors) {
      case 1: gather_vectors<1>(source, first_pixel, count, channel, to, stride); break;
      case 2: gather_vectors<2>(source, first_pixel, count, channel, to, stride); break;
      case 3: gather_vectors<3>(source, first_pixel, count, channel, to, stride); break;
      default: gather_vectors<tile_vectors>(source, first_pixel, count, channel, to, stride);
    }
  });
}

/// Hands `count` pixels of a panel of `vectors` vectors to a sink, pixel by pixel.
template <int vectors, class T, class Sink>
static void scatter_vectors(const Sink &sink, int64_t first_pixel, int64_t count, int64_t channel,
                            const T *panel) {
  auto writers = [&]<size_t... index>(std::index_sequence<index...>) {
    return std::array<decltype(sink.writer(0)), vectors>{
        sink.writer(channel + static_cast<int64_t>(index) * lanes<T>)...};
  }(std::make_index_sequence<vectors>());
  for (int64_t pixel = 0; pixel < count; ++pixel) {
#pragma unroll
    for (int vector = 0; vector < vectors; ++vector) {
      writers[vector](first_pixel + pixel, load(panel + (pixel * vectors + vector) * lanes<T>));
    }
  }
#pragma unroll
  for (int vector = 0; vector < vectors; ++vector) writers[vector].finish();
}

/// The product of pixels `a` [count, depth] and a packed matrix [depth, columns], and what becomes of it:
/// `sink.writer(channel)` takes each vector of channels as soon as a panel of columns is done, unless
/// `sink.direct(pixel, channel, count)` tells where they are to be left, as they are or rectified.
template <class T, class Sink>
static void multiply_pixels(Elements<T> a, int64_t first_pixel, int64_t count, const T *packed,
                            int64_t columns, int64_t depth, const Sink &sink, T *panel,
                            Ahead &ahead) {
  each_panel<T>(columns, [&](int64_t column, int vectors) {
    const int64_t stride = vectors * lanes<T>;
    const auto multiply_into = [&](auto sums) {
      multiply(a, count, packed + column * depth, stride, vectors, depth, sums, ahead);
    };
    const RectifiedSums<T> direct = sink.direct(first_pixel, column, stride);
    if (direct.sums.data != nullptr) {
      direct.scale != nullptr ? multiply_into(direct) : multiply_into(direct.sums);
      return;
    }
    multiply_into(Sums<T>{panel, stride});
    switch (vectors) {
      case 1: scatter_vectors<1>(sink, first_pixel, count, column, panel); break;
      case 2: scatter_vectors<2>(sink, first_pixel, count, column, panel); break;
      case 3: scatter_vectors<3>(sink, first_pixel, count, column, panel); break;
      default: scatter_vectors<tile_vectors>(sink, first_pixel, count, column, panel);
    }
  });
}

/// The elements of `multiply_pixels`' panel.
template <class T>
constexpr int64_t panel_count = pixels_at_a_time * tile_vectors * lanes<T>;

// MARK: - Forward

template <class T>
struct Forward1x1 {
  const ck_convolution &convolution;
  const T *packed;
  Norm<T> norm;
  bool fetches_ahead;

  int64_t scratch_count() const {
    return pixels_at_a_time * whole_vectors<T>(convolution.inputs) + panel_count<T>;
  }

  /// The images `begin..<end`, in `scratch_count()` elements of memory.
  template <ck_activation activation>
  void run(int64_t begin, int64_t end, const OutputMaps<T> &output, T *scratch) const {
    const int64_t size = convolution.shape.height * convolution.shape.width;
    T *const inputs = scratch + panel_count<T>;
    const ActivatedMaps<activation, T> source = {static_cast<const T *>(convolution.input.data),
                                                 convolution.input.stride, convolution.inputs,
                                                 norm};
    for (int64_t pixel = begin * size; pixel < end * size; pixel += pixels_at_a_time) {
      const int64_t left = end * size - pixel;
      const int64_t count = left < pixels_at_a_time ? left : pixels_at_a_time;
      Ahead ahead;
      if (fetches_ahead) {
        ahead.add(source.data, source.stride, convolution.inputs, pixel + count, pixels_at_a_time,
                  end * size);
        ahead.add(output.data, output.stride, convolution.outputs, pixel + count, pixels_at_a_time,
                  end * size);
        ahead.divide(tile_count<T>(count, convolution.outputs));
      }
      gather_pixels<T>(source, pixel, count, convolution.inputs, inputs);
      multiply_pixels<T>({inputs, whole_vectors<T>(convolution.inputs), 1}, pixel, count, packed,
                         convolution.outputs, convolution.inputs, output, scratch, ahead);
    }
  }
};

// MARK: - Backward

template <class T>
struct Backward1x1 {
  const ck_convolution &convolution;
  const T *packed;  // null where the input's gradient and its sums are not wanted
  Norm<T> norm;
  int64_t input_room, output_room;

  Backward1x1(const ck_convolution &convolution, const T *packed, Norm<T> norm)
      : convolution(convolution),
        packed(packed),
        norm(norm),
        input_room(whole_vectors<T>(convolution.inputs)),
        output_room(whole_vectors<T>(convolution.outputs)) {}

  int64_t scratch_count() const {
    return pixels_at_a_time * (input_room + output_room) + panel_count<T>;
  }

  /// The elements of a task's sums of the weights' gradients: [inputs, outputs].
  int64_t weight_sums_count() const { return convolution.inputs * output_room; }

  template <ck_activation activation, class Gradient>
  void run(int64_t begin, int64_t end, const Gradient &gradient,
           const InputGradient<activation, T> &result, T *weight_sums, T *scratch) const {
    const int64_t size = convolution.shape.height * convolution.shape.width;
    T *const inputs = scratch + panel_count<T>;
    T *const outputs = inputs + pixels_at_a_time * input_room;
    const ActivatedMaps<activation, T> source = {static_cast<const T *>(convolution.input.data),
                                                 convolution.input.stride, convolution.inputs,
                                                 norm};
    for (int64_t pixel = begin * size; pixel < end * size; pixel += pixels_at_a_time) {
      const int64_t left = end * size - pixel;
      const int64_t count = left < pixels_at_a_time ? left : pixels_at_a_time;
      Ahead ahead = next_pixels(pixel + count, end * size, gradient, source, result);
      ahead.divide((packed == nullptr ? 0 : tile_count<T>(count, convolution.inputs)) +
                   (weight_sums == nullptr
                        ? 0
                        : tile_count<T>(convolution.inputs, convolution.outputs)));
      gather_pixels<T>(gradient, pixel, count, convolution.outputs, outputs);
      if (weight_sums != nullptr) {
        gather_pixels<T>(source, pixel, count, convolution.inputs, inputs);
        multiply_rows_apart<T>({inputs, 1, input_room}, convolution.inputs, outputs, output_room,
                               convolution.outputs, count, {weight_sums, output_room},
                               pixel != begin * size, ahead);
      }
      if (packed == nullptr) continue;
      multiply_pixels<T>({outputs, output_room, 1}, pixel, count, packed, convolution.inputs,
                         convolution.outputs, result, scratch, ahead);
    }
  }

  /// What the pixels from `first` on read.
  template <class Gradient, class Source, class Result>
  Ahead next_pixels(int64_t first, int64_t end, const Gradient &gradient, const Source &source,
                    const Result &result) const {
    Ahead ahead;
    ahead.add(gradient.gradient, gradient.gradient_stride, convolution.outputs, first,
              pixels_at_a_time, end);
    ahead.add(gradient.values, gradient.values_stride, convolution.outputs, first,
              pixels_at_a_time, end);
    ahead.add(source.data, source.stride, convolution.inputs, first, pixels_at_a_time, end);
    ahead.add(result.data, result.stride, convolution.inputs, first, pixels_at_a_time, end);
    return ahead;
  }

  /// Adds up what the tasks have summed for the outputs `begin..<end`.
  void collect_weights(const T *all_sums, int64_t tasks, int64_t begin, int64_t end,
                       T *weight_gradient) const {
    for (int64_t input = 0; input < convolution.inputs; ++input) {
      for (int64_t output = begin; output < end; ++output) {
        T sum = 0;
        for (int64_t task = 0; task < tasks; ++task) {
          sum += all_sums[task * weight_sums_count() + input * output_room + output];
        }
        weight_gradient[output * convolution.output_step + input * convolution.input_step] = sum;
      }
    }
  }
};
