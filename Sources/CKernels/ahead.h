// Memory that is asked for ahead of its use. A processor that multiplies has its path to memory free: what
// the next piece of work will read is fetched a few lines at a time between the tiles of this one. All at
// once it would stand in the way of what this piece reads.

struct Ahead {
  /// Rows of `bytes` bytes, `stride` bytes from one to the next.
  struct Rows {
    const char *data;
    int64_t stride, bytes, count;
  };

  static constexpr int most = 4;
  static constexpr int64_t line_bytes = 64;

  Rows rows[most];
  int row_sets = 0;
  int64_t lines = 0, lines_a_step = 0;
  int current_set = 0;
  int64_t current_row = 0, current_offset = 0;

  /// The pixels `first..<first + count` of maps, or as many of them as come before `end`.
  template <class T>
  void add(const T *maps, int64_t stride, int64_t channels, int64_t first, int64_t count,
           int64_t end) {
    if (maps == nullptr || first >= end) return;
    const int64_t size = static_cast<int64_t>(sizeof(T));
    Rows set = {reinterpret_cast<const char *>(maps + first * stride), stride * size,
                channels * size, first + count <= end ? count : end - first};
    // Rows that leave no line out are one.
    if (set.stride - set.bytes < line_bytes) set = {set.data, 0, set.stride * set.count, 1};
    lines += set.count * ((set.bytes + line_bytes - 1) / line_bytes);
    rows[row_sets++] = set;
  }

  /// Divides the lines among as many steps.
  void divide(int64_t steps) {
    lines_a_step = steps > 0 ? (lines + steps - 1) / steps : 0;
  }

  __attribute__((always_inline)) void step() {
    for (int64_t line = 0; line < lines_a_step && current_set < row_sets; ++line) {
      const Rows &set = rows[current_set];
      __builtin_prefetch(set.data + current_row * set.stride + current_offset, 0, 2);
      current_offset += line_bytes;
      if (current_offset < set.bytes) continue;
      current_offset = 0;
      if (++current_row < set.count) continue;
      current_row = 0;
      ++current_set;
    }
  }
};
