// What kernels read maps through and write them to: a vector of channels of one pixel at a time.

// MARK: - Numbers of each channel

/// Numbers of each channel as elements, zeros beyond the last.
template <class T>
static T *as_elements(const double *numbers, int64_t count, int64_t room, T *memory) {
  for (int64_t index = 0; index < room; ++index) {
    memory[index] = index < count && numbers != nullptr ? static_cast<T>(numbers[index]) : T(0);
  }
  return memory;
}

/// A norm's numbers as elements.
template <class T>
struct Norm {
  const T *scale, *shift, *center;

  static int64_t count(int64_t channels) { return 3 * whole_vectors<T>(channels); }

  static Norm make(const ck_norm &norm, int64_t channels, T *memory) {
    const int64_t room = whole_vectors<T>(channels);
    return {as_elements(norm.scale, channels, room, memory),
            as_elements(norm.shift, channels, room, memory + room),
            as_elements(norm.center, channels, room, memory + 2 * room)};
  }
};

template <ck_activation activation, class V>
CK_INLINE V activated(V value, V scale, V shift) {
  if constexpr (activation == CK_IDENTITY) return value;
  if constexpr (activation == CK_NORM) return value * scale + shift;
  if constexpr (activation == CK_NORM_RELU) return rectified(value * scale + shift);
  if constexpr (activation == CK_RELU_NORM) return rectified(value) * scale + shift;
}

// MARK: - Reading

/// activation(maps)
template <ck_activation activation, class T>
struct ActivatedMaps {
  const T *data;
  int64_t stride, channels;
  Norm<T> norm;

  struct Reader {
    const T *data;
    int64_t stride;
    int count;
    Vector<T> scale, shift;

    __attribute__((always_inline)) Vector<T> operator()(int64_t pixel) const {
      const T *from = data + pixel * stride;
      const Vector<T> value = count >= lanes<T> ? load(from) : load_first(from, count);
      return activated<activation>(value, scale, shift);
    }
  };

  __attribute__((always_inline)) Reader reader(int64_t channel) const {
    Reader reader = {data + channel, stride, static_cast<int>(channels - channel), {}, {}};
    if constexpr (activation != CK_IDENTITY) {
      reader.scale = load(norm.scale + channel);
      reader.shift = load(norm.shift + channel);
    }
    return reader;
  }
};

/// Which terms a gradient still lacks.
enum class Terms { none, affine, rectified };

static inline Terms terms_of(const ck_gradient &gradient) {
  if (gradient.slope == nullptr) return Terms::none;
  return gradient.rectified ? Terms::rectified : Terms::affine;
}

/// A gradient with all its terms.
template <Terms terms, class T>
struct SettledGradient {
  const T *gradient, *values;
  int64_t gradient_stride, values_stride, channels;
  const T *slope, *constant;

  static int64_t count(int64_t channels) { return 2 * whole_vectors<T>(channels); }

  static SettledGradient make(const ck_gradient &source, int64_t channels, T *memory) {
    const int64_t room = whole_vectors<T>(channels);
    return {static_cast<const T *>(source.gradient.data),
            static_cast<const T *>(source.values.data),
            source.gradient.stride,
            source.values.stride,
            channels,
            as_elements(source.slope, channels, room, memory),
            as_elements(source.constant, channels, room, memory + room)};
  }

  struct Reader {
    const T *gradient, *values;
    int64_t gradient_stride, values_stride;
    int count;
    Vector<T> slope, constant;

    __attribute__((always_inline)) Vector<T> read(const T *from) const {
      return count >= lanes<T> ? load(from) : load_first(from, count);
    }
    __attribute__((always_inline)) Vector<T> operator()(int64_t pixel) const {
      const Vector<T> known = read(gradient + pixel * gradient_stride);
      if constexpr (terms == Terms::none) return known;
      const Vector<T> value = read(values + pixel * values_stride);
      const Vector<T> missing = value * slope + constant;
      if constexpr (terms == Terms::rectified) return known + where_positive(value, missing);
      return known + missing;
    }
  };

  __attribute__((always_inline)) Reader reader(int64_t channel) const {
    Reader reader = {gradient + channel,
                     values == nullptr ? nullptr : values + channel,
                     gradient_stride,
                     values_stride,
                     static_cast<int>(channels - channel),
                     {},
                     {}};
    if constexpr (terms != Terms::none) {
      reader.slope = load(slope + channel);
      reader.constant = load(constant + channel);
    }
    return reader;
  }
};

// MARK: - Writing

/// Takes the results of a convolution: adds a residual, sums them up and stores them, behind a norm and ReLU
/// where there is one.
template <class T>
struct OutputMaps {
  T *data;
  const T *residual;
  int64_t stride, residual_stride, channels;
  TaskSums sums;  // null where they are not wanted
  bool rectifies_sums;
  Norm<T> norm;  // null where there is none

  struct Writer {
    const OutputMaps maps;  // a copy: what is stored through it might otherwise change it
    int64_t channel;
    int count;
    Vector<T> scale, shift;
    ShiftedSums<T> shifted;

    __attribute__((always_inline)) void operator()(int64_t pixel, Vector<T> value) {
      const bool is_whole = count >= lanes<T>;
      if (maps.residual != nullptr) {
        const T *from = maps.residual + pixel * maps.residual_stride + channel;
        value += is_whole ? load(from) : load_first(from, count);
      }
      if (maps.sums.first != nullptr) shifted.add(maps.rectifies_sums ? rectified(value) : value);
      if (maps.norm.scale != nullptr) value = activated<CK_NORM_RELU>(value, scale, shift);
      T *to = maps.data + pixel * maps.stride + channel;
      if (is_whole) {
        store(to, value);
      } else {
        store_first(to, value, count);
      }
    }

    void finish() {
      if (maps.sums.first != nullptr) shifted.add_to(maps.sums, channel);
    }
  };

  __attribute__((always_inline)) Writer writer(int64_t channel) const {
    Writer writer = {*this, channel, static_cast<int>(channels - channel), {}, {}, {}};
    if (norm.scale != nullptr) {
      writer.scale = load(norm.scale + channel);
      writer.shift = load(norm.shift + channel);
    }
    return writer;
  }

  /// Where `count` channels of results go if nothing is done with them but norm and ReLU, or not even that: then
  /// there is no scale. Null if something is.
  RectifiedSums<T> direct(int64_t pixel, int64_t channel, int64_t count) const {
    if (residual != nullptr || sums.first != nullptr || channel + count > channels) return {};
    const Sums<T> place = {data + pixel * stride + channel, stride};
    if (norm.scale == nullptr) return {place, nullptr, nullptr};
    return {place, norm.scale + channel, norm.shift + channel};
  }
};

/// Takes the gradient of a convolution's input behind its activation: brings it back through the
/// activation as far as ReLU and the norm's scale go, and sums it up.
template <ck_activation activation, class T>
struct InputGradient {
  T *data;  // null where it is not wanted
  const T *input;
  int64_t stride, input_stride, channels, first_channel;
  bool accumulates;
  Norm<T> norm;
  TaskSums sums;  // null for the identity

  struct Writer {
    const InputGradient &maps;
    int64_t channel;
    int begin, end;  // of the lanes that are written
    Vector<T> scale, shift, center, first, second;

    __attribute__((always_inline)) void operator()(int64_t pixel, Vector<T> value) {
      if constexpr (activation != CK_IDENTITY) {
        const T *from = maps.input + pixel * maps.input_stride + channel;
        const int count = static_cast<int>(maps.channels - channel);
        Vector<T> x = count >= lanes<T> ? load(from) : load_first(from, count);
        const Vector<T> gate = activation == CK_NORM_RELU ? x * scale + shift : x;
        if constexpr (activation == CK_NORM_RELU) value = where_positive(gate, value);
        if constexpr (activation == CK_RELU_NORM) x = rectified(x);
        first += value;
        second += value * (x - center);
        if constexpr (activation == CK_RELU_NORM) value = where_positive(gate, value);
        value *= scale;
      }
      if (begin < end) write(maps.data + pixel * maps.stride + channel, value);
    }

    __attribute__((always_inline)) void write(T *to, Vector<T> value) const {
      if (begin == 0 && end == lanes<T>) {
        store(to, maps.accumulates ? load(to) + value : value);
        return;
      }
      // Lanes before the first channel and beyond the last are others'.
      for (int lane = begin; lane < end; ++lane) {
        to[lane] = maps.accumulates ? to[lane] + value[lane] : value[lane];
      }
    }

    void finish() {
      if (maps.sums.first == nullptr) return;
      add_to(maps.sums.first + channel, first);
      add_to(maps.sums.second + channel, second);
    }
  };

  __attribute__((always_inline)) Writer writer(int64_t channel) const {
    Writer writer = {*this, channel, 0, 0, {}, {}, {}, {}, {}};
    if (data != nullptr) {
      const int64_t end = channels - channel;
      writer.begin = static_cast<int>(first_channel <= channel ? 0 : first_channel - channel);
      writer.end = static_cast<int>(end < lanes<T> ? end : lanes<T>);
    }
    if constexpr (activation != CK_IDENTITY) {
      writer.scale = load(norm.scale + channel);
      writer.shift = load(norm.shift + channel);
      writer.center = load(norm.center + channel);
    }
    return writer;
  }

  RectifiedSums<T> direct(int64_t, int64_t, int64_t) const { return {}; }
};
