// Activation and convolution with 3x3 kernels, through tiles (winograd.h).

static inline bool has_many_weights(const ck_convolution &convolution) {
  return convolution.inputs * convolution.outputs > 1 << 16;
}

/// The results of a side of a tile: large tiles where they multiply less and their weights, which are four
/// times as many as a kernel's, stay few. A map's size decides, never the number of images: an image has the same
/// bits in any batch.
static inline int tile_results(const ck_convolution &convolution) {
  const auto products = [&](int64_t results) {
    const int64_t places = (results + 2) * (results + 2);
    return places * ((convolution.shape.height + results - 1) / results) *
           ((convolution.shape.width + results - 1) / results);
  };
  const bool pays = 5 * products(4) < 4 * products(2);
  return pays && !has_many_weights(convolution) ? 4 : 2;
}

/// A convolution's rows of tiles in pieces, and where each piece lies.
template <int results>
struct TileRows {
  Tiles<results> tiles;
  int64_t rows_at_a_time;

  /// Few enough tiles at a time that their places stay in a core's own cache (32 of 6x6 pixels, 64 of 4x4),
  /// many enough that weights' gradients are seldom stored where there are many weights.
  explicit TileRows(const ck_convolution &convolution) : tiles(convolution.shape) {
    const int64_t at_a_time = has_many_weights(convolution) ? 128 : 128 / results;
    const int64_t rows = at_a_time / (tiles.per_row < 1 ? 1 : tiles.per_row);
    rows_at_a_time = rows < 1 ? 1 : rows;
  }

  int64_t most_tiles() const { return rows_at_a_time * tiles.per_row; }

  /// Calls `body(first_row, row_count)` for each piece of the rows of the images `begin..<end`.
  template <class Body>
  void each_piece(int64_t begin, int64_t end, const Body &body) const {
    const int64_t last = end * tiles.rows_per_image;
    for (int64_t row = begin * tiles.rows_per_image; row < last; row += rows_at_a_time) {
      body(row, row + rows_at_a_time <= last ? rows_at_a_time : last - row);
    }
  }

  /// The pixels of `count` rows of tiles, and the first one behind the row `row` (the last tiles of a map may
  /// be cut: what is fetched ahead need not be exact).
  int64_t pixels(int64_t count) const { return count * results * tiles.width; }

  /// Calls `body(image, tile_row, first_tile)` for each row of a piece.
  template <class Body>
  void each_row(int64_t first_row, int64_t row_count, const Body &body) const {
    for (int64_t index = 0; index < row_count; ++index) {
      const int64_t row = first_row + index;
      body(row / tiles.rows_per_image, row % tiles.rows_per_image, index * tiles.per_row);
    }
  }
};

/// The elements from a place's packed matrix to the next. All are written side by side: they do not begin at
/// the same offset within a page.
template <class T>
static int64_t packed_place_size(int64_t depth, int64_t columns) {
  return depth * whole_vectors<T>(columns) + lanes<T>;
}

/// The weights of all places, each as a packed matrix [inputs, outputs], or [outputs, inputs] of flipped
/// kernels where `for_gradient`: the columns `begin..<end`, both whole vectors.
template <int results, class T>
static void pack_kernels(const ck_convolution &convolution, bool for_gradient, T *packed,
                         int64_t begin, int64_t end) {
  const Unpacked<T> matrix(convolution, for_gradient);
  const int64_t size = packed_place_size<T>(matrix.depth, matrix.columns);
  for (int64_t column = begin; column < end; column += lanes<T>) {
    const PackedColumns place = PackedColumns::at<T>(column, matrix.columns, matrix.depth);
    for (int64_t k = 0; k < matrix.depth; k += lanes<T>) {
      const int64_t count = matrix.depth - k < lanes<T> ? matrix.depth - k : lanes<T>;
      Vector<T> rows[9][lanes<T>];
      for (int tap = 0; tap < 9; ++tap) {
        matrix.read(column, k, count, for_gradient ? 8 - tap : tap, rows[tap]);
      }
      for (int64_t index = 0; index < count; ++index) {
        Vector<T> taps[9], places[tile_places<results>];
        for (int tap = 0; tap < 9; ++tap) taps[tap] = rows[tap][index];
        kernel_places<results, T>(taps, places);
        T *to = packed + place(k + index);
#pragma unroll
        for (int at = 0; at < tile_places<results>; ++at) store(to + at * size, places[at]);
      }
    }
  }
}

/// The products of all places.
template <class T>
static void multiply_places(Places<T> from, const T *packed, int64_t tiles, int64_t depth,
                            int64_t columns, Places<T> to, Ahead &ahead) {
  const int64_t size = packed_place_size<T>(depth, columns);
  for (int64_t place = 0; place < from.count; ++place) {
    multiply_packed<T>({from.data + place * from.size, from.stride, 1}, tiles,
                       packed + place * size, columns, depth,
                       {to.data + place * to.size, to.stride}, ahead);
  }
}

// MARK: - Forward

template <class T, int results>
struct Forward3x3 {
  static constexpr int places = tile_places<results>;

  const ck_convolution &convolution;
  const T *packed;
  Norm<T> norm;
  bool fetches_ahead;
  TileRows<results> rows;
  Places<T> input_places, output_places;

  Forward3x3(const ck_convolution &convolution, const T *packed, Norm<T> norm, bool fetches_ahead)
      : convolution(convolution),
        packed(packed),
        norm(norm),
        fetches_ahead(fetches_ahead),
        rows(convolution),
        input_places(Places<T>::layout(places, rows.most_tiles(), convolution.inputs)),
        output_places(Places<T>::layout(places, rows.most_tiles(), convolution.outputs)) {}

  int64_t scratch_count() const { return input_places.elements() + output_places.elements(); }

  /// The images `begin..<end`, in `scratch_count()` elements of memory.
  template <ck_activation activation>
  void run(int64_t begin, int64_t end, const OutputMaps<T> &output, T *scratch) const {
    Places<T> from = input_places, to = output_places;
    from.data = scratch;
    to.data = scratch + from.elements();
    const ActivatedMaps<activation, T> source = {static_cast<const T *>(convolution.input.data),
                                                 convolution.input.stride, convolution.inputs,
                                                 norm};
    rows.each_piece(begin, end, [&](int64_t first_row, int64_t row_count) {
      const int64_t tile_count_now = row_count * rows.tiles.per_row;
      Ahead ahead;
      if (fetches_ahead) {
        ahead = next_rows(first_row + row_count, row_count, end, source, output);
        ahead.divide(places * tile_count<T>(tile_count_now, convolution.outputs));
      }
      rows.each_row(first_row, row_count, [&](int64_t image, int64_t row, int64_t tile) {
        gather_tiles<results, T>(source, image, row, rows.tiles, convolution.inputs, from, tile);
      });
      multiply_places<T>(from, packed, tile_count_now, convolution.inputs, convolution.outputs, to,
                         ahead);
      rows.each_row(first_row, row_count, [&](int64_t image, int64_t row, int64_t tile) {
        scatter_tiles<results, T>(output, image, row, rows.tiles, convolution.outputs, to, tile);
      });
    });
  }

  /// What the rows of tiles from `first` on read and write.
  template <class Source>
  Ahead next_rows(int64_t first, int64_t count, int64_t end, const Source &source,
                  const OutputMaps<T> &output) const {
    const int64_t pixel = rows.pixels(first), pixels = rows.pixels(count);
    const int64_t last = rows.pixels(end * rows.tiles.rows_per_image);
    Ahead ahead;
    ahead.add(source.data, source.stride, convolution.inputs, pixel, pixels, last);
    ahead.add(output.data, output.stride, convolution.outputs, pixel, pixels, last);
    ahead.add(output.residual, output.residual_stride, convolution.outputs, pixel, pixels, last);
    return ahead;
  }
};

// MARK: - Backward

template <class T, int results>
struct Backward3x3 {
  static constexpr int places = tile_places<results>;

  const ck_convolution &convolution;
  const T *packed;  // null where the input's gradient and its sums are not wanted
  Norm<T> norm;
  TileRows<results> rows;
  Places<T> input_places, output_places;
  int64_t input_room;

  Backward3x3(const ck_convolution &convolution, const T *packed, Norm<T> norm)
      : convolution(convolution),
        packed(packed),
        norm(norm),
        rows(convolution),
        input_places(Places<T>::layout(places, rows.most_tiles(), convolution.inputs)),
        output_places(Places<T>::layout(places, rows.most_tiles(), convolution.outputs)),
        input_room(whole_vectors<T>(convolution.inputs)) {}

  int64_t scratch_count() const { return input_places.elements() + output_places.elements(); }

  /// The elements of a task's sums of the weights' gradients: for each place [outputs, inputs].
  int64_t weight_sums_count() const { return places * convolution.outputs * input_room; }

  template <ck_activation activation, class Gradient>
  void run(int64_t begin, int64_t end, const Gradient &gradient,
           const InputGradient<activation, T> &result, T *weight_sums, T *scratch) const {
    Places<T> inputs = input_places, outputs = output_places;
    inputs.data = scratch;
    outputs.data = scratch + inputs.elements();
    const ActivatedMaps<activation, T> source = {static_cast<const T *>(convolution.input.data),
                                                 convolution.input.stride, convolution.inputs,
                                                 norm};
    rows.each_piece(begin, end, [&](int64_t first_row, int64_t row_count) {
      const int64_t tiles_now = row_count * rows.tiles.per_row;
      Ahead ahead = next_rows(first_row + row_count, row_count, end, gradient, source, result);
      ahead.divide(places * ((packed == nullptr ? 0 : tile_count<T>(tiles_now, convolution.inputs)) +
                         (weight_sums == nullptr
                              ? 0
                              : tile_count<T>(convolution.outputs, convolution.inputs))));
      if (weight_sums != nullptr) {
        rows.each_row(first_row, row_count, [&](int64_t image, int64_t row, int64_t tile) {
          gather_tiles<results, T>(source, image, row, rows.tiles, convolution.inputs, inputs, tile);
          gather_gradient_tiles<results, T>(gradient, image, row, rows.tiles, convolution.outputs, outputs,
                                   tile);
        });
        add_weight_gradients(inputs, outputs, tiles_now, weight_sums,
                             first_row != begin * rows.tiles.rows_per_image, ahead);
      }
      if (packed == nullptr) return;
      rows.each_row(first_row, row_count, [&](int64_t image, int64_t row, int64_t tile) {
        gather_tiles<results, T>(gradient, image, row, rows.tiles, convolution.outputs, outputs, tile);
      });
      multiply_places<T>(outputs, packed, tiles_now, convolution.outputs, convolution.inputs, inputs,
                         ahead);
      rows.each_row(first_row, row_count, [&](int64_t image, int64_t row, int64_t tile) {
        scatter_tiles<results, T>(result, image, row, rows.tiles, convolution.inputs, inputs, tile);
      });
    });
  }

  /// What the rows of tiles from `first` on read.
  template <class Gradient, class Source, class Result>
  Ahead next_rows(int64_t first, int64_t count, int64_t end, const Gradient &gradient,
                  const Source &source, const Result &result) const {
    const int64_t pixel = rows.pixels(first), pixels = rows.pixels(count);
    const int64_t last = rows.pixels(end * rows.tiles.rows_per_image);
    Ahead ahead;
    ahead.add(gradient.gradient, gradient.gradient_stride, convolution.outputs, pixel, pixels, last);
    ahead.add(gradient.values, gradient.values_stride, convolution.outputs, pixel, pixels, last);
    ahead.add(source.data, source.stride, convolution.inputs, pixel, pixels, last);
    ahead.add(result.data, result.stride, convolution.inputs, pixel, pixels, last);
    return ahead;
  }

  void add_weight_gradients(Places<T> inputs, Places<T> outputs, int64_t tiles_now, T *weight_sums,
                            bool adds, Ahead &ahead) const {
    for (int place = 0; place < places; ++place) {
      multiply_rows_apart<T>(
          {outputs.data + place * outputs.size, 1, outputs.stride}, convolution.outputs,
          inputs.data + place * inputs.size, inputs.stride, convolution.inputs, tiles_now,
          {weight_sums + place * convolution.outputs * input_room, input_room}, adds, ahead);
    }
  }

  /// Adds up what the tasks have summed for the outputs `begin..<end`, and brings it back to kernels.
  void collect_weights(const T *all_sums, int64_t tasks, int64_t begin, int64_t end,
                       T *weight_gradient) const {
    const int64_t place_size = convolution.outputs * input_room;
    for (int64_t output = begin; output < end; ++output) {
      for (int64_t input = 0; input < convolution.inputs; input += lanes<T>) {
        const T *from = all_sums + output * input_room + input;
        Vector<T> sums[places] = {}, taps[9];
        for (int64_t task = 0; task < tasks; ++task) {
#pragma unroll
          for (int place = 0; place < places; ++place) {
            sums[place] += load(from + task * weight_sums_count() + place * place_size);
          }
        }
        kernel_gradients<results, T>(sums, taps);
        for (int tap = 0; tap < 9; ++tap) {
          write_weights<T>(convolution, weight_gradient, output, input, tap, taps[tap]);
        }
      }
    }
  }
};
