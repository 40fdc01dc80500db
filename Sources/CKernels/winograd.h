// Convolution with 3x3 kernels through products of 4x4 tiles: F(2x2, 3x3) of Lavin and Gray 2016 (arXiv
// 1509.09308, section 4.1), which multiplies 16 times for 4 results where the definition does 36 times.
//
//     result = At [(G g Gt) . (Bt d B)] A        dg = Gt [(Bt d B) . (A dy At)] G
//
// with a dot for the product of equal places. For each of the 16 places, that product summed over channels
// or over tiles is a product of matrices.

/// One direction of Bt d: four pixels to four places.
template <class V>
CK_INLINE void to_places(V d0, V d1, V d2, V d3, V (&places)[4]) {
  places[0] = d0 - d2;
  places[1] = d1 + d2;
  places[2] = d2 - d1;
  places[3] = d1 - d3;
}

/// One direction of At m: four places to two results.
template <class V>
CK_INLINE void to_results(V m0, V m1, V m2, V m3, V &first, V &second) {
  const V sum = m1 + m2, difference = m1 - m2;
  first = m0 + sum;
  second = difference - m3;
}

/// One direction of A dy: two gradients to four places.
template <class V>
CK_INLINE void to_gradient_places(V first, V second, V (&places)[4]) {
  places[0] = first;
  places[1] = first + second;
  places[2] = first - second;
  places[3] = -second;
}

/// One direction of G g: three weights to four places.
template <class T, class V>
CK_INLINE void to_weight_places(V g0, V g1, V g2, V (&places)[4]) {
  const V half = broadcast(T(0.5));
  places[0] = g0;
  places[1] = (g0 + g1 + g2) * half;
  places[2] = (g0 - g1 + g2) * half;
  places[3] = g2;
}

/// One direction of Gt u: four places to three weights.
template <class T, class V>
CK_INLINE void to_weights(V u0, V u1, V u2, V u3, V (&weights)[3]) {
  const V half = broadcast(T(0.5));
  weights[0] = u0 + (u1 + u2) * half;
  weights[1] = (u1 - u2) * half;
  weights[2] = (u1 + u2) * half + u3;
}

/// G g Gt of as many kernels as a vector has elements.
template <class T>
CK_INLINE void kernel_places(const Vector<T> (&taps)[9], Vector<T> (&places)[16]) {
  Vector<T> rows[4][3];
#pragma unroll
  for (int column = 0; column < 3; ++column) {
    Vector<T> down[4];
    to_weight_places<T>(taps[column], taps[3 + column], taps[6 + column], down);
#pragma unroll
    for (int row = 0; row < 4; ++row) rows[row][column] = down[row];
  }
#pragma unroll
  for (int row = 0; row < 4; ++row) {
    Vector<T> across[4];
    to_weight_places<T>(rows[row][0], rows[row][1], rows[row][2], across);
#pragma unroll
    for (int column = 0; column < 4; ++column) places[4 * row + column] = across[column];
  }
}

/// Gt u G: the gradients of as many kernels.
template <class T>
CK_INLINE void kernel_gradients(const Vector<T> (&places)[16], Vector<T> (&taps)[9]) {
  Vector<T> rows[3][4];
#pragma unroll
  for (int column = 0; column < 4; ++column) {
    Vector<T> down[3];
    to_weights<T>(places[column], places[4 + column], places[8 + column], places[12 + column],
                  down);
#pragma unroll
    for (int row = 0; row < 3; ++row) rows[row][column] = down[row];
  }
#pragma unroll
  for (int row = 0; row < 3; ++row) {
    Vector<T> across[3];
    to_weights<T>(rows[row][0], rows[row][1], rows[row][2], rows[row][3], across);
#pragma unroll
    for (int column = 0; column < 3; ++column) taps[3 * row + column] = across[column];
  }
}

// MARK: - Tiles

/// The tiles of maps, which begin at every second pixel: row by row, image by image.
struct Tiles {
  int64_t height, width, rows_per_image, per_row;

  explicit Tiles(ck_shape shape)
      : height(shape.height),
        width(shape.width),
        rows_per_image((shape.height + 1) / 2),
        per_row((shape.width + 1) / 2) {}
};

/// Matrices [tile, channel], one for each of the 16 places.
template <class T>
struct Places {
  T *data;
  int64_t stride;  // from a tile to the next
  int64_t size;    // from a place to the next

  /// The bytes of `tiles` tiles, and how they lie: places do not begin at the same offset within a page,
  /// since all 16 are written side by side.
  static Places layout(int64_t tiles, int64_t channels) {
    const int64_t stride = whole_vectors<T>(channels);
    return {nullptr, stride, tiles * stride + lanes<T>};
  }
  int64_t count() const { return 16 * size; }
};

/// Bt d B of a row of tiles. `source.template row<T>(y)` gives what reads the pixels of a row of the map,
/// `reader(x, channel)`; zeros stand beyond the edge.
template <class T, class Source>
static void gather_tiles(const Source &source, int64_t image, int64_t tile_row, const Tiles &tiles,
                         int64_t channels, Places<T> places, int64_t first_tile) {
  using V = Vector<T>;
  const int64_t top = 2 * tile_row - 1;
  for (int64_t channel = 0; channel < channels; channel += lanes<T>) {
    const auto reader = source.reader(channel);
    T *to = places.data + first_tile * places.stride + channel;
    // Two columns of pixels at a time are new, two are those of the tile before.
    V columns[4][4];
    const auto read = [&](int64_t x, V(&column)[4]) __attribute__((always_inline)) {
      V pixels[4];
#pragma unroll
      for (int y = 0; y < 4; ++y) {
        const bool inside =
            x >= 0 && x < tiles.width && top + y >= 0 && top + y < tiles.height;
        pixels[y] = inside ? reader((image * tiles.height + top + y) * tiles.width + x) : V{};
      }
      to_places(pixels[0], pixels[1], pixels[2], pixels[3], column);
    };
    read(-1, columns[0]);
    read(0, columns[1]);
    for (int64_t tile = 0; tile < tiles.per_row; ++tile) {
      read(2 * tile + 1, columns[2]);
      read(2 * tile + 2, columns[3]);
#pragma unroll
      for (int row = 0; row < 4; ++row) {
        V across[4];
        to_places(columns[0][row], columns[1][row], columns[2][row], columns[3][row], across);
#pragma unroll
        for (int column = 0; column < 4; ++column) {
          store(to + (4 * row + column) * places.size, across[column]);
        }
        columns[0][row] = columns[2][row];
        columns[1][row] = columns[3][row];
      }
      to += places.stride;
    }
  }
}

/// A dy At of a row of tiles of a gradient.
template <class T, class Source>
static void gather_gradient_tiles(const Source &source, int64_t image, int64_t tile_row,
                                  const Tiles &tiles, int64_t channels, Places<T> places,
                                  int64_t first_tile) {
  using V = Vector<T>;
  const int64_t top = 2 * tile_row;
  for (int64_t channel = 0; channel < channels; channel += lanes<T>) {
    const auto reader = source.reader(channel);
    T *to = places.data + first_tile * places.stride + channel;
    for (int64_t tile = 0; tile < tiles.per_row; ++tile, to += places.stride) {
      V columns[2][4];
#pragma unroll
      for (int x = 0; x < 2; ++x) {
        V pixels[2];
#pragma unroll
        for (int y = 0; y < 2; ++y) {
          const bool inside = 2 * tile + x < tiles.width && top + y < tiles.height;
          pixels[y] =
              inside ? reader((image * tiles.height + top + y) * tiles.width + 2 * tile + x) : V{};
        }
        to_gradient_places(pixels[0], pixels[1], columns[x]);
      }
#pragma unroll
      for (int row = 0; row < 4; ++row) {
        V across[4];
        to_gradient_places(columns[0][row], columns[1][row], across);
#pragma unroll
        for (int column = 0; column < 4; ++column) {
          store(to + (4 * row + column) * places.size, across[column]);
        }
      }
    }
  }
}

/// At m A of a row of tiles. `sink.writer(channel)` gives what takes the results of a vector of channels,
/// `writer(pixel, value)`, and has `finish()`.
template <class T, class Sink>
static void scatter_tiles(const Sink &sink, int64_t image, int64_t tile_row, const Tiles &tiles,
                          int64_t channels, Places<T> places, int64_t first_tile) {
  using V = Vector<T>;
  const int64_t top = 2 * tile_row;
  const bool has_second_row = top + 1 < tiles.height;
  for (int64_t channel = 0; channel < channels; channel += lanes<T>) {
    auto writer = sink.writer(channel);
    const T *from = places.data + first_tile * places.stride + channel;
    int64_t pixel = (image * tiles.height + top) * tiles.width;
    for (int64_t tile = 0; tile < tiles.per_row; ++tile, from += places.stride, pixel += 2) {
      V rows[2][4];
#pragma unroll
      for (int column = 0; column < 4; ++column) {
        V places_down[4];
#pragma unroll
        for (int row = 0; row < 4; ++row) {
          places_down[row] = load(from + (4 * row + column) * places.size);
        }
        to_results(places_down[0], places_down[1], places_down[2], places_down[3], rows[0][column],
                   rows[1][column]);
      }
      const bool has_second_column = 2 * tile + 1 < tiles.width;
#pragma unroll
      for (int row = 0; row < 2; ++row) {
        if (row == 1 && !has_second_row) break;
        V first, second;
        to_results(rows[row][0], rows[row][1], rows[row][2], rows[row][3], first, second);
        writer(pixel + row * tiles.width, first);
        if (has_second_column) writer(pixel + row * tiles.width + 1, second);
      }
    }
    writer.finish();
  }
}
