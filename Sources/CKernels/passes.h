// One pass over maps, without a convolution.

template <class T>
struct Passes {
  static ActivatedMaps<CK_IDENTITY, T> reading(ck_maps maps, int64_t channels) {
    return {static_cast<const T *>(maps.data), maps.stride, channels, Norm<T>{}};
  }

  static OutputMaps<T> writing(ck_maps maps, int64_t channels, TaskSums sums = {nullptr, nullptr},
                               bool rectifies_sums = false) {
    return {static_cast<T *>(maps.data), nullptr, maps.stride, 0, channels, sums, rectifies_sums};
  }

  /// A few numbers of each channel, whatever the number of channels: on the stack for usual widths.
  struct Numbers {
    T fixed[3 * 1024];
    T *data;
    explicit Numbers(int64_t count)
        : data(count <= 3 * 1024 ? fixed : new T[static_cast<size_t>(count)]) {}
    ~Numbers() {
      if (data != fixed) delete[] data;
    }
    Numbers(const Numbers &) = delete;
  };

  /// Calls `body(source, sink, pixel range)` for pieces of pixels that stay in a cache, for each vector of
  /// channels.
  template <class Source, class Sink>
  static void copy_pixels(const Source &source, const Sink &sink, int64_t channels, int64_t begin,
                          int64_t end) {
    for (int64_t first = begin; first < end; first += pixels_at_a_time) {
      const int64_t last = first + pixels_at_a_time < end ? first + pixels_at_a_time : end;
      for (int64_t channel = 0; channel < channels; channel += lanes<T>) {
        const auto reader = source.reader(channel);
        auto writer = sink.writer(channel);
        for (int64_t pixel = first; pixel < last; ++pixel) writer(pixel, reader(pixel));
        writer.finish();
      }
    }
  }

  static int64_t sums_workspace(const ck_context *context, int64_t channels) {
    return 2 * context->tasks * whole_vectors<T>(channels) * static_cast<int64_t>(sizeof(double));
  }

  /// Sums what it is given and stores nothing.
  struct Summed {
    TaskSums sums;
    bool rectifies;

    struct Writer {
      const Summed &maps;
      int64_t channel;
      ShiftedSums<T> shifted;

      __attribute__((always_inline)) void operator()(int64_t, Vector<T> value) {
        shifted.add(maps.rectifies ? rectified(value) : value);
      }
      void finish() { shifted.add_to(maps.sums, channel); }
    };

    __attribute__((always_inline)) Writer writer(int64_t channel) const {
      return {*this, channel, {}};
    }
  };

  static void sums(const ck_context *context, ck_shape shape, int64_t channels, ck_maps maps,
                   bool rectified, ck_sums sums, void *workspace) {
    const int64_t size = shape.height * shape.width, room = whole_vectors<T>(channels);
    double *memory = static_cast<double *>(workspace);
    run_images(context, shape, [&](int64_t begin, int64_t end, int64_t task) {
      TaskSums mine = TaskSums::at(memory, task, room);
      mine.clear(room);
      copy_pixels(reading(maps, channels), Summed{mine, rectified}, channels, begin * size,
                  end * size);
    });
    collect(memory, context->tasks, room, channels, sums);
  }

  static void settle(const ck_context *context, ck_shape shape, int64_t channels,
                     const ck_gradient *gradient, ck_maps result) {
    const int64_t size = shape.height * shape.width;
    Numbers numbers(SettledGradient<Terms::none, T>::count(channels));
    with_gradient<T>(*gradient, channels, numbers.data, [&](const auto &source) {
      run_images(context, shape, [&](int64_t begin, int64_t end, int64_t) {
        copy_pixels(source, writing(result, channels), channels, begin * size, end * size);
      });
    });
  }

  static void activate(const ck_context *context, ck_shape shape, int64_t channels, ck_maps input,
                       const ck_norm *norm, ck_maps result) {
    const int64_t size = shape.height * shape.width;
    Numbers numbers(Norm<T>::count(channels));
    const Norm<T> elements = Norm<T>::make(*norm, channels, numbers.data);
    with_activation(norm->activation, [&]<ck_activation activation>() {
      const ActivatedMaps<activation, T> source = {static_cast<const T *>(input.data),
                                                   input.stride, channels, elements};
      run_images(context, shape, [&](int64_t begin, int64_t end, int64_t) {
        copy_pixels(source, writing(result, channels), channels, begin * size, end * size);
      });
    });
  }

  /// Brings a gradient back through an activation: `body(sink, begin, end)` hands it to a sink, image by
  /// image.
  template <class Body>
  static void backward(const ck_context *context, ck_shape shape, int64_t channels, ck_maps input,
                       const ck_norm *norm, ck_maps result, ck_sums sums, void *workspace,
                       const Body &body) {
    const int64_t room = whole_vectors<T>(channels);
    double *memory = static_cast<double *>(workspace);
    Numbers numbers(Norm<T>::count(channels));
    const Norm<T> elements = Norm<T>::make(*norm, channels, numbers.data);
    with_activation(norm->activation, [&]<ck_activation activation>() {
      run_images(context, shape, [&](int64_t begin, int64_t end, int64_t task) {
        const TaskSums mine = TaskSums::at(memory, task, room);
        mine.clear(room);
        const InputGradient<activation, T> sink = {static_cast<T *>(result.data),
                                                   static_cast<const T *>(input.data),
                                                   result.stride,
                                                   input.stride,
                                                   channels,
                                                   0,
                                                   false,
                                                   elements,
                                                   mine};
        body(sink, begin, end);
      });
    });
    collect(memory, context->tasks, room, channels, sums);
  }

  static void activate_backward(const ck_context *context, ck_shape shape, int64_t channels,
                                ck_maps input, const ck_norm *norm, ck_maps gradient,
                                ck_maps result, ck_sums sums, void *workspace) {
    const int64_t size = shape.height * shape.width;
    backward(context, shape, channels, input, norm, result, sums, workspace,
             [&](const auto &sink, int64_t begin, int64_t end) {
               copy_pixels(reading(gradient, channels), sink, channels, begin * size, end * size);
             });
  }

  static void copy(const ck_context *context, ck_shape shape, int64_t channels, ck_maps from,
                   ck_maps to) {
    const int64_t size = shape.height * shape.width;
    run_images(context, shape, [&](int64_t begin, int64_t end, int64_t) {
      const T *const values = static_cast<const T *>(from.data);
      T *const copies = static_cast<T *>(to.data);
      for (int64_t pixel = begin * size; pixel < end * size; ++pixel) {
        memcpy(copies + pixel * to.stride, values + pixel * from.stride,
               static_cast<size_t>(channels) * sizeof(T));
      }
    });
  }

  // MARK: Mean of all pixels

  static void means(const ck_context *context, ck_shape shape, int64_t channels, ck_maps input,
                    const ck_norm *norm, ck_maps result) {
    const int64_t size = shape.height * shape.width;
    Numbers numbers(Norm<T>::count(channels));
    const Norm<T> elements = Norm<T>::make(*norm, channels, numbers.data);
    const auto sink = writing(result, channels);
    with_activation(norm->activation, [&]<ck_activation activation>() {
      const ActivatedMaps<activation, T> source = {static_cast<const T *>(input.data),
                                                   input.stride, channels, elements};
      run_images(context, shape, [&](int64_t begin, int64_t end, int64_t) {
        for (int64_t channel = 0; channel < channels; channel += lanes<T>) {
          const auto reader = source.reader(channel);
          auto writer = sink.writer(channel);
          for (int64_t image = begin; image < end; ++image) {
            Vector<T> sum = {};
            for (int64_t pixel = 0; pixel < size; ++pixel) sum += reader(image * size + pixel);
            writer(image, sum * broadcast(T(1) / static_cast<T>(size)));
          }
        }
      });
    });
  }

  /// A pixel's share of the gradient of its image's mean: the same for all pixels.
  struct Share {
    const T *gradient;
    int64_t channels;
    T factor;

    struct Reader {
      Vector<T> value;
      __attribute__((always_inline)) Vector<T> operator()(int64_t) const { return value; }
    };

    __attribute__((always_inline)) Reader reader(int64_t channel) const {
      return {load_within(gradient, channel, channels) * broadcast(factor)};
    }
  };

  static void means_backward(const ck_context *context, ck_shape shape, int64_t channels,
                             ck_maps input, const ck_norm *norm, ck_maps gradient, ck_maps result,
                             ck_sums sums, void *workspace) {
    const int64_t size = shape.height * shape.width;
    const T *const means = static_cast<const T *>(gradient.data);
    backward(context, shape, channels, input, norm, result, sums, workspace,
             [&](const auto &sink, int64_t begin, int64_t end) {
               for (int64_t image = begin; image < end; ++image) {
                 const Share share = {means + image * gradient.stride, channels,
                                      T(1) / static_cast<T>(size)};
                 copy_pixels(share, sink, channels, image * size, (image + 1) * size);
               }
             });
  }

  // MARK: Mean of 2x2 pixels

  static void pool(const ck_context *context, ck_shape shape, int64_t channels, ck_maps input,
                   ck_maps result) {
    const int64_t rows = shape.height / 2, columns = shape.width / 2;
    const auto source = reading(input, channels);
    const auto sink = writing(result, channels);
    run_images(context, shape, [&](int64_t begin, int64_t end, int64_t) {
      for (int64_t row = begin * rows; row < end * rows; ++row) {
        const int64_t top = (row / rows * shape.height + 2 * (row % rows)) * shape.width;
        for (int64_t channel = 0; channel < channels; channel += lanes<T>) {
          const auto reader = source.reader(channel);
          auto writer = sink.writer(channel);
          for (int64_t column = 0; column < columns; ++column) {
            const int64_t pixel = top + 2 * column;
            const Vector<T> sum =
                (rectified(reader(pixel)) + rectified(reader(pixel + 1))) +
                (rectified(reader(pixel + shape.width)) + rectified(reader(pixel + shape.width + 1)));
            writer(row * columns + column, sum * broadcast(T(0.25)));
          }
        }
      }
    });
  }

  static void pool_backward(const ck_context *context, ck_shape shape, int64_t channels,
                            ck_maps input, ck_maps gradient, const double *slope,
                            const double *constant, ck_maps result) {
    const int64_t rows = shape.height / 2, columns = shape.width / 2;
    Numbers numbers(Norm<T>::count(channels));
    const Norm<T> terms = Norm<T>::make({CK_NORM, slope, constant, nullptr}, channels, numbers.data);
    const auto values = reading(input, channels);
    const auto source = reading(gradient, channels);
    const auto sink = writing(result, channels);
    run_images(context, shape, [&](int64_t begin, int64_t end, int64_t) {
      for (int64_t row = begin * shape.height; row < end * shape.height; ++row) {
        const int64_t image = row / shape.height, y = row % shape.height / 2;
        for (int64_t channel = 0; channel < channels; channel += lanes<T>) {
          const auto value = values.reader(channel);
          const auto reader = source.reader(channel);
          auto writer = sink.writer(channel);
          const Vector<T> scale = load(terms.scale + channel), shift = load(terms.shift + channel);
          for (int64_t x = 0; x < shape.width; ++x) {
            const int64_t pixel = row * shape.width + x;
            const Vector<T> at = value(pixel);
            Vector<T> sum = at * scale + shift;
            if (y < rows && x / 2 < columns) {
              sum += reader((image * rows + y) * columns + x / 2) * broadcast(T(0.25));
            }
            writer(pixel, where_positive(at, sum));
          }
        }
      }
    });
  }
};

template <class T>
constexpr ck_table table_of = {
    Operations<T>::forward_workspace, Operations<T>::backward_workspace,
    Operations<T>::packed_bytes,      Operations<T>::pack_weights,
    Operations<T>::forward,           Operations<T>::backward,
    Passes<T>::sums_workspace,        Passes<T>::sums,
    Passes<T>::settle,                Passes<T>::activate,
    Passes<T>::activate_backward,     Passes<T>::means,
    Passes<T>::means_backward,        Passes<T>::copy,
    Passes<T>::pool,                  Passes<T>::pool_backward,
};
