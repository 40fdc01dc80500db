// Maps as tiles for products (winograd.h): read into matrices of equal places, and written back from them.

/// The tiles of maps, `results` pixels apart: row by row, image by image.
template <int results>
struct Tiles {
  int64_t height, width, rows_per_image, per_row;

  explicit Tiles(ck_shape shape)
      : height(shape.height),
        width(shape.width),
        rows_per_image((shape.height + results - 1) / results),
        per_row((shape.width + results - 1) / results) {}
};

/// Matrices [tile, channel], one for each of `count` places.
template <class T>
struct Places {
  T *data;
  int64_t stride;  // from a tile to the next
  int64_t size;    // from a place to the next
  int64_t count;

  /// How the places of `tiles` tiles lie: they do not begin at the same offset within a page, since all are
  /// written side by side.
  static Places layout(int64_t count, int64_t tiles, int64_t channels) {
    const int64_t stride = whole_vectors<T>(channels);
    return {nullptr, stride, tiles * stride + lanes<T>, count};
  }
  int64_t elements() const { return count * size; }
};

/// Stores a row of a tile's places.
template <int results, class T>
CK_INLINE void store_places(T *to, int row, const Vector<T> (&across)[tile_side<results>],
                            const Places<T> &places) {
#pragma unroll
  for (int column = 0; column < tile_side<results>; ++column) {
    store(to + (tile_side<results> * row + column) * places.size, across[column]);
  }
}

/// Bt d B of a row of tiles. `source.reader(channel)` gives what reads a vector of channels of a pixel,
/// `reader(pixel)`; zeros stand beyond the edge.
template <int results, class T, class Source>
static void gather_tiles(const Source &source, int64_t image, int64_t tile_row,
                         const Tiles<results> &tiles, int64_t channels, Places<T> places,
                         int64_t first_tile) {
  using V = Vector<T>;
  constexpr int side = tile_side<results>;
  const int64_t top = results * tile_row - 1;
  const bool rows_inside = top >= 0 && top + side <= tiles.height;
  for (int64_t channel = 0; channel < channels; channel += lanes<T>) {
    const auto reader = source.reader(channel);
    T *to = places.data + first_tile * places.stride + channel;
    // All but two columns of pixels are new, the others are those of the tile before.
    V columns[side][side];
    const int64_t corner = (image * tiles.height + top) * tiles.width;
    const auto read = [&](int64_t x, V(&column)[side]) __attribute__((always_inline)) {
      V pixels[side];
      if (rows_inside && x >= 0 && x < tiles.width) {
#pragma unroll
        for (int y = 0; y < side; ++y) pixels[y] = reader(corner + y * tiles.width + x);
      } else {
#pragma unroll
        for (int y = 0; y < side; ++y) {
          const bool inside =
              x >= 0 && x < tiles.width && top + y >= 0 && top + y < tiles.height;
          pixels[y] = inside ? reader(corner + y * tiles.width + x) : V{};
        }
      }
      Winograd<results>::template to_places<T>(pixels, column);
    };
    read(-1, columns[0]);
    read(0, columns[1]);
    for (int64_t tile = 0; tile < tiles.per_row; ++tile) {
#pragma unroll
      for (int column = 2; column < side; ++column) {
        read(results * tile + column - 1, columns[column]);
      }
#pragma unroll
      for (int row = 0; row < side; ++row) {
        V line[side], across[side];
#pragma unroll
        for (int column = 0; column < side; ++column) line[column] = columns[column][row];
        Winograd<results>::template to_places<T>(line, across);
        store_places<results>(to, row, across, places);
        columns[0][row] = line[results];
        columns[1][row] = line[results + 1];
      }
      to += places.stride;
    }
  }
}

/// A dy At of a row of tiles of a gradient.
template <int results, class T, class Source>
static void gather_gradient_tiles(const Source &source, int64_t image, int64_t tile_row,
                                  const Tiles<results> &tiles, int64_t channels, Places<T> places,
                                  int64_t first_tile) {
  using V = Vector<T>;
  constexpr int side = tile_side<results>;
  const int64_t top = results * tile_row;
  for (int64_t channel = 0; channel < channels; channel += lanes<T>) {
    const auto reader = source.reader(channel);
    T *to = places.data + first_tile * places.stride + channel;
    for (int64_t tile = 0; tile < tiles.per_row; ++tile, to += places.stride) {
      V columns[results][side];
#pragma unroll
      for (int x = 0; x < results; ++x) {
        V pixels[results];
#pragma unroll
        for (int y = 0; y < results; ++y) {
          const bool inside = results * tile + x < tiles.width && top + y < tiles.height;
          const int64_t pixel =
              (image * tiles.height + top + y) * tiles.width + results * tile + x;
          pixels[y] = inside ? reader(pixel) : V{};
        }
        Winograd<results>::template to_gradient_places<T>(pixels, columns[x]);
      }
#pragma unroll
      for (int row = 0; row < side; ++row) {
        V line[results], across[side];
#pragma unroll
        for (int x = 0; x < results; ++x) line[x] = columns[x][row];
        Winograd<results>::template to_gradient_places<T>(line, across);
        store_places<results>(to, row, across, places);
      }
    }
  }
}

/// At m A of a row of tiles. `sink.writer(channel)` gives what takes the results of a vector of channels,
/// `writer(pixel, value)`, and has `finish()`.
template <int results, class T, class Sink>
static void scatter_tiles(const Sink &sink, int64_t image, int64_t tile_row,
                          const Tiles<results> &tiles, int64_t channels, Places<T> places,
                          int64_t first_tile) {
  using V = Vector<T>;
  constexpr int side = tile_side<results>;
  const int64_t top = results * tile_row;
  for (int64_t channel = 0; channel < channels; channel += lanes<T>) {
    auto writer = sink.writer(channel);
    const T *from = places.data + first_tile * places.stride + channel;
    const int64_t corner = (image * tiles.height + top) * tiles.width;
    for (int64_t tile = 0; tile < tiles.per_row; ++tile, from += places.stride) {
      V rows[results][side];
#pragma unroll
      for (int column = 0; column < side; ++column) {
        V line[side], down[results];
#pragma unroll
        for (int row = 0; row < side; ++row) {
          line[row] = load(from + (side * row + column) * places.size);
        }
        Winograd<results>::template to_results<T>(line, down);
#pragma unroll
        for (int row = 0; row < results; ++row) rows[row][column] = down[row];
      }
#pragma unroll
      for (int row = 0; row < results; ++row) {
        if (top + row >= tiles.height) break;
        V across[results];
        Winograd<results>::template to_results<T>(rows[row], across);
        const int64_t left = tiles.width - results * tile;
        const int64_t pixel = corner + row * tiles.width + results * tile;
#pragma unroll
        for (int x = 0; x < results; ++x) {
          if (x < left) writer(pixel + x, across[x]);
        }
      }
    }
    writer.finish();
  }
}
