// Products of matrices that fit in a processor's caches: the one inner loop of all kernels.

/// Rows of a register tile by its vectors: as many sums as a processor keeps in registers beside what it
/// multiplies.
template <int vectors>
constexpr int tile_rows = CK_REGISTERS == 32 ? (vectors == 1   ? 16
                                                : vectors == 2 ? 12
                                                : vectors == 3 ? 8
                                                               : 6)
                                             : (vectors == 1   ? 8
                                                : vectors == 2 ? 6
                                                               : 4);

/// The most vectors of a register tile.
constexpr int tile_vectors = CK_REGISTERS == 32 ? 4 : 3;

/// A matrix whose elements are read one at a time: element (row, k) is at row * row_stride + k * k_stride.
template <class T>
struct Elements {
  const T *data;
  int64_t row_stride, k_stride;
};

/// sums(row, vector) += sum over k of a(row, k) b(k, vector)
template <int rows, int vectors, class T>
CK_INLINE void multiply_tile(Elements<T> a, const T *b, int64_t b_stride, int64_t depth,
                             Vector<T> (&sums)[rows][vectors]) {
  // Every third row has an address of its own: the others are reached from it by addressing alone.
  const T *third[(rows + 2) / 3];
#pragma unroll
  for (int index = 0; index < (rows + 2) / 3; ++index) {
    third[index] = a.data + 3 * index * a.row_stride;
  }
  for (int64_t k = 0; k < depth; ++k) {
    Vector<T> columns[vectors];
#pragma unroll
    for (int vector = 0; vector < vectors; ++vector) {
      columns[vector] = load(b + vector * lanes<T>);
    }
#pragma unroll
    for (int row = 0; row < rows; ++row) {
      const Vector<T> element = broadcast(third[row / 3][row % 3 * a.row_stride]);
#pragma unroll
      for (int vector = 0; vector < vectors; ++vector) {
        sums[row][vector] += element * columns[vector];
      }
    }
#pragma unroll
    for (int index = 0; index < (rows + 2) / 3; ++index) third[index] += a.k_stride;
    b += b_stride;
  }
}

/// A matrix of sums in memory: element (row, column) is at row * stride + column.
template <class T>
struct Sums {
  T *data;
  int64_t stride;

  Sums from(int64_t column) const { return {data + column, stride}; }
  CK_MEMBER Vector<T> begin(int64_t, int64_t) const { return {}; }
  CK_MEMBER void end(int64_t row, int64_t column, Vector<T> sum) const {
    store(data + row * stride + column, sum);
  }
};

/// Sums that are added to what is there.
template <class T>
struct AddedSums {
  Sums<T> sums;

  AddedSums from(int64_t column) const { return {sums.from(column)}; }
  CK_MEMBER Vector<T> begin(int64_t row, int64_t column) const {
    return load(sums.data + row * sums.stride + column);
  }
  CK_MEMBER void end(int64_t row, int64_t column, Vector<T> sum) const { sums.end(row, column, sum); }
};

/// max(0, scale sum + shift), with a scale and a shift for each column.
template <class T>
struct RectifiedSums {
  Sums<T> sums;
  const T *scale, *shift;

  RectifiedSums from(int64_t column) const {
    return {sums.from(column), scale + column, shift + column};
  }
  CK_MEMBER Vector<T> begin(int64_t, int64_t) const { return {}; }
  CK_MEMBER void end(int64_t row, int64_t column, Vector<T> sum) const {
    sums.end(row, column, rectified(sum * load(scale + column) + load(shift + column)));
  }
};

/// The rows of a tile, whose sums are `result`'s.
template <int rows, int vectors, class T, class Result>
CK_INLINE void multiply_rows(Elements<T> a, int64_t row, const T *b, int64_t b_stride,
                             int64_t depth, Result result) {
  Vector<T> sums[rows][vectors];
#pragma unroll
  for (int r = 0; r < rows; ++r) {
#pragma unroll
    for (int v = 0; v < vectors; ++v) sums[r][v] = result.begin(row + r, v * lanes<T>);
  }
  multiply_tile<rows, vectors, T>({a.data + row * a.row_stride, a.row_stride, a.k_stride}, b,
                                  b_stride, depth, sums);
#pragma unroll
  for (int r = 0; r < rows; ++r) {
#pragma unroll
    for (int v = 0; v < vectors; ++v) result.end(row + r, v * lanes<T>, sums[r][v]);
  }
}

/// The rows of a tile, at most `rows`.
template <int rows, int vectors, class T, class Result>
static void multiply_some_rows(int64_t count, Elements<T> a, int64_t row, const T *b,
                               int64_t b_stride, int64_t depth, Result result) {
  if constexpr (rows > 0) {
    if (count == rows) {
      multiply_rows<rows, vectors>(a, row, b, b_stride, depth, result);
    } else {
      multiply_some_rows<rows - 1, vectors>(count, a, row, b, b_stride, depth, result);
    }
  }
}

template <int vectors, class T, class Result>
static void multiply_panel(Elements<T> a, int64_t row_count, const T *b, int64_t b_stride,
                           int64_t depth, Result result, Ahead &ahead) {
  // Tiles of about as many rows: one of few rows would wait for its own sums.
  const int64_t count = (row_count + tile_rows<vectors> - 1) / tile_rows<vectors>;
  for (int64_t tile = 0, row = 0; tile < count; ++tile) {
    const int64_t rows = (row_count - row + count - tile - 1) / (count - tile);
    multiply_some_rows<tile_rows<vectors>, vectors>(rows, a, row, b, b_stride, depth, result);
    ahead.step();
    row += rows;
  }
}

/// How many of `left` vectors the next panel of columns takes: no narrow one is left over.
CK_INLINE int panel_vectors(int64_t left) {
  if (left <= tile_vectors) return static_cast<int>(left);
  return left == tile_vectors + 1 ? (tile_vectors + 1) / 2 : tile_vectors;
}

/// Calls `body(column, vectors)` for each panel of columns.
template <class T, class Body>
CK_INLINE void each_panel(int64_t column_count, const Body &body) {
  int64_t column = 0;
  int64_t left = (column_count + lanes<T> - 1) / lanes<T>;
  while (left > 0) {
    const int vectors = panel_vectors(left);
    body(column, vectors);
    column += vectors * lanes<T>;
    left -= vectors;
  }
}

/// The tiles of a product [row_count, column_count]: how often `Ahead.step` is called.
template <class T>
static int64_t tile_count(int64_t row_count, int64_t column_count) {
  int64_t count = 0;
  each_panel<T>(column_count, [&](int64_t, int vectors) {
    const int rows = vectors == 1   ? tile_rows<1>
                     : vectors == 2 ? tile_rows<2>
                     : vectors == 3 ? tile_rows<3>
                                    : tile_rows<tile_vectors>;
    count += (row_count + rows - 1) / rows;
  });
  return count;
}

/// The product of `a` [row_count, depth] and a panel of `b` [depth, vectors].
template <class T, class Result>
static void multiply(Elements<T> a, int64_t row_count, const T *b, int64_t b_stride, int vectors,
                     int64_t depth, Result result, Ahead &ahead) {
  switch (vectors) {
    case 1: multiply_panel<1>(a, row_count, b, b_stride, depth, result, ahead); break;
    case 2: multiply_panel<2>(a, row_count, b, b_stride, depth, result, ahead); break;
    case 3: multiply_panel<3>(a, row_count, b, b_stride, depth, result, ahead); break;
    default: multiply_panel<tile_vectors>(a, row_count, b, b_stride, depth, result, ahead);
  }
}

/// The product of `a` [row_count, depth] and all panels of a packed matrix [depth, column_count].
template <class T>
static void multiply_packed(Elements<T> a, int64_t row_count, const T *packed,
                            int64_t column_count, int64_t depth, Sums<T> result, Ahead &ahead) {
  each_panel<T>(column_count, [&](int64_t column, int vectors) {
    multiply(a, row_count, packed + column * depth, vectors * lanes<T>, vectors, depth,
             result.from(column), ahead);
  });
}

/// The product of `a` [row_count, depth] and of `b` [depth, column_count], whose rows are `b_stride` apart:
/// overwrites `result`, or is added to it where `adds`.
template <class T>
static void multiply_rows_apart(Elements<T> a, int64_t row_count, const T *b, int64_t b_stride,
                                int64_t column_count, int64_t depth, Sums<T> result, bool adds,
                                Ahead &ahead) {
  each_panel<T>(column_count, [&](int64_t column, int vectors) {
    const auto multiply_into = [&](auto sums) {
      multiply(a, row_count, b + column, b_stride, vectors, depth, sums, ahead);
    };
    const Sums<T> panel = result.from(column);
    adds ? multiply_into(AddedSums<T>{panel}) : multiply_into(panel);
  });
}

/// Where the element (k, column) of a matrix [depth, column_count] lies once it is packed.
struct PackedColumns {
  int64_t panel, stride, offset;

  template <class T>
  static PackedColumns at(int64_t column, int64_t column_count, int64_t depth) {
    int64_t begin = 0;
    int64_t left = (column_count + lanes<T> - 1) / lanes<T>;
    for (;;) {
      const int vectors = panel_vectors(left);
      if (column < begin + vectors * lanes<T>) {
        return {begin * depth, vectors * lanes<T>, column - begin};
      }
      begin += vectors * lanes<T>;
      left -= vectors;
    }
  }

  int64_t operator()(int64_t k) const { return panel + k * stride + offset; }
};
