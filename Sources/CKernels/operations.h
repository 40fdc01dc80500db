// The functions of ck_kernels.h for elements of type T: divide the images into tasks, run the kernel of
// the convolution's size and activation, add up what the tasks have summed.

/// Calls `body` for every index below `count`, as the context runs tasks.
template <class Body>
static void run_tasks(const ck_context *context, int64_t count, const Body &body) {
  struct Task {
    static void run(void *argument, int64_t index) {
      (*static_cast<const Body *>(argument))(index);
    }
  };
  ck_run_tasks(context, count, &Task::run, const_cast<Body *>(&body));
}

/// Calls `body(begin, end, task)` for each task's images.
template <class Body>
static void run_images(const ck_context *context, ck_shape shape, const Body &body) {
  run_tasks(context, context->tasks, [&](int64_t task) {
    int64_t begin, end;
    ck_task_range(shape.images, context->tasks, task, &begin, &end);
    body(begin, end, task);
  });
}

/// Calls `body.template operator()<activation>()`.
template <class Body>
static void with_activation(ck_activation activation, const Body &body) {
  switch (activation) {
    case CK_IDENTITY: body.template operator()<CK_IDENTITY>(); break;
    case CK_NORM: body.template operator()<CK_NORM>(); break;
    case CK_NORM_RELU: body.template operator()<CK_NORM_RELU>(); break;
    case CK_RELU_NORM: body.template operator()<CK_RELU_NORM>(); break;
  }
}

/// Calls `body(gradient)` with the gradient as a source.
template <class T, class Body>
static void with_gradient(const ck_gradient &gradient, int64_t channels, T *memory,
                          const Body &body) {
  switch (terms_of(gradient)) {
    case Terms::none:
      body(SettledGradient<Terms::none, T>::make(gradient, channels, memory));
      break;
    case Terms::affine:
      body(SettledGradient<Terms::affine, T>::make(gradient, channels, memory));
      break;
    case Terms::rectified:
      body(SettledGradient<Terms::rectified, T>::make(gradient, channels, memory));
      break;
  }
}

/// The kernels of a convolution's size.
template <class T>
struct Kernels1x1 {
  using Forward = Forward1x1<T>;
  using Backward = Backward1x1<T>;

  static int64_t packed_count(int64_t depth, int64_t columns) {
    return depth * whole_vectors<T>(columns);
  }
  static constexpr auto pack = pack_matrix<T>;
};

template <class T, int results>
struct Kernels3x3 {
  using Forward = Forward3x3<T, results>;
  using Backward = Backward3x3<T, results>;

  static int64_t packed_count(int64_t depth, int64_t columns) {
    return tile_places<results> * packed_place_size<T>(depth, columns);
  }
  static constexpr auto pack = pack_kernels<results, T>;
};

/// Calls `body.template operator()<Kernels>()` with those of a convolution.
template <class T, class Body>
static auto with_kernels(const ck_convolution &convolution, const Body &body) {
  if (convolution.kernel == 1) return body.template operator()<Kernels1x1<T>>();
  if (tile_results(convolution) == 2) return body.template operator()<Kernels3x3<T, 2>>();
  return body.template operator()<Kernels3x3<T, 4>>();
}

/// A workspace, given out piece by piece in multiples of 64 bytes; without memory it counts.
struct Memory {
  char *data;
  int64_t used = 0;

  template <class E>
  E *take(int64_t count) {
    E *piece = reinterpret_cast<E *>(data + used);
    used += (count * static_cast<int64_t>(sizeof(E)) + 63) / 64 * 64;
    return piece;
  }

  /// A norm's numbers as elements; null for none.
  template <class T>
  Norm<T> norm(const ck_norm *norm, int64_t channels) {
    T *const numbers = take<T>(Norm<T>::count(channels));
    return data == nullptr || norm == nullptr ? Norm<T>{} : Norm<T>::make(*norm, channels, numbers);
  }
};

template <class T>
struct Operations {
  // MARK: Forward

  template <class Kernel>
  struct ForwardMemory {
    Norm<T> norm, result_norm;
    double *sums;
    T *scratch;
    int64_t scratch_stride, sums_room;

    static ForwardMemory make(const ck_context *context, const ck_convolution &convolution,
                              const ck_norm *result_norm, Memory &memory) {
      ForwardMemory result;
      result.norm = memory.norm<T>(&convolution.norm, convolution.inputs);
      result.result_norm = memory.norm<T>(result_norm, convolution.outputs);
      result.sums_room = whole_vectors<T>(convolution.outputs);
      result.sums = memory.take<double>(2 * context->tasks * result.sums_room);
      result.scratch_stride =
          (Kernel{convolution, nullptr, Norm<T>{}, false}.scratch_count() + 63) / 64 * 64;
      result.scratch = memory.take<T>(context->tasks * result.scratch_stride);
      return result;
    }
  };

  static int64_t forward_workspace(const ck_context *context, const ck_convolution *convolution) {
    return with_kernels<T>(*convolution, [&]<class Kernels>() {
      Memory memory = {nullptr};
      ForwardMemory<typename Kernels::Forward>::make(context, *convolution, nullptr, memory);
      return memory.used;
    });
  }

  template <class Kernel>
  static void forward_of(const ck_context *context, const ck_convolution &convolution,
                         const void *packed, ck_maps output, ck_maps residual, ck_sums sums,
                         bool rectified_sums, const ck_norm *result_norm, void *workspace) {
    Memory memory = {static_cast<char *>(workspace)};
    const auto room = ForwardMemory<Kernel>::make(context, convolution, result_norm, memory);
    const Kernel kernel = {convolution, static_cast<const T *>(packed), room.norm,
                           !context->maps_are_cached};
    with_activation(convolution.norm.activation, [&]<ck_activation activation>() {
      run_images(context, convolution.shape, [&](int64_t begin, int64_t end, int64_t task) {
        TaskSums mine = TaskSums::at(room.sums, task, room.sums_room);
        mine.clear(room.sums_room);
        if (sums.first == nullptr) mine = {nullptr, nullptr};
        const OutputMaps<T> maps = {static_cast<T *>(output.data),
                                    static_cast<const T *>(residual.data),
                                    output.stride,
                                    residual.stride,
                                    convolution.outputs,
                                    mine,
                                    rectified_sums,
                                    room.result_norm};
        kernel.template run<activation>(begin, end, maps,
                                        room.scratch + task * room.scratch_stride);
      });
    });
    collect(room.sums, context->tasks, room.sums_room, convolution.outputs, sums);
  }

  static void forward(const ck_context *context, const ck_convolution *convolution,
                      const void *packed, ck_maps output, ck_maps residual, ck_sums sums,
                      bool rectified_sums, const ck_norm *result_norm, void *workspace) {
    with_kernels<T>(*convolution, [&]<class Kernels>() {
      forward_of<typename Kernels::Forward>(context, *convolution, packed, output, residual, sums,
                                            rectified_sums, result_norm, workspace);
    });
  }

  // MARK: Weights

  static int64_t packed_bytes(const ck_context *, const ck_convolution *convolution) {
    return with_kernels<T>(*convolution, [&]<class Kernels>() {
      return Kernels::packed_count(convolution->inputs, convolution->outputs) *
             static_cast<int64_t>(sizeof(T));
    });
  }

  template <class Kernels>
  static void pack(const ck_context *context, const ck_convolution &convolution, bool for_gradient,
                   T *packed) {
    const int64_t vectors =
        whole_vectors<T>(for_gradient ? convolution.inputs : convolution.outputs) / lanes<T>;
    run_tasks(context, context->tasks, [&](int64_t task) {
      int64_t begin, end;
      ck_task_range(vectors, context->tasks, task, &begin, &end);
      Kernels::pack(convolution, for_gradient, packed, begin * lanes<T>, end * lanes<T>);
    });
  }

  static void pack_weights(const ck_context *context, const ck_convolution *convolution,
                           void *packed) {
    with_kernels<T>(*convolution, [&]<class Kernels>() {
      pack<Kernels>(context, *convolution, false, static_cast<T *>(packed));
    });
  }

  // MARK: Backward

  template <class Kernels>
  struct BackwardMemory {
    Norm<T> norm;
    T *gradient, *packed, *weight_sums, *scratch;
    double *sums;
    int64_t scratch_stride, sums_room;

    static BackwardMemory make(const ck_context *context, const ck_convolution &convolution,
                               Memory &memory) {
      BackwardMemory result;
      const typename Kernels::Backward kernel = {convolution, nullptr, Norm<T>{}};
      result.norm = memory.norm<T>(&convolution.norm, convolution.inputs);
      result.gradient =
          memory.take<T>(SettledGradient<Terms::none, T>::count(convolution.outputs));
      result.packed = memory.take<T>(Kernels::packed_count(convolution.outputs, convolution.inputs));
      result.sums_room = whole_vectors<T>(convolution.inputs);
      result.sums = memory.take<double>(2 * context->tasks * result.sums_room);
      result.scratch_stride = (kernel.scratch_count() + 63) / 64 * 64;
      result.scratch = memory.take<T>(context->tasks * result.scratch_stride);
      result.weight_sums = memory.take<T>(context->tasks * kernel.weight_sums_count());
      return result;
    }
  };

  static int64_t backward_workspace(const ck_context *context,
                                    const ck_convolution *convolution) {
    return with_kernels<T>(*convolution, [&]<class Kernels>() {
      Memory memory = {nullptr};
      BackwardMemory<Kernels>::make(context, *convolution, memory);
      return memory.used;
    });
  }

  template <class Kernels>
  static void backward_of(const ck_context *context, const ck_convolution &convolution,
                          const ck_gradient &output, void *weight_gradient, ck_maps input_gradient,
                          int64_t first_channel, bool accumulates, ck_sums sums, void *workspace) {
    Memory memory = {static_cast<char *>(workspace)};
    const auto room = BackwardMemory<Kernels>::make(context, convolution, memory);
    const bool reaches_input = input_gradient.data != nullptr || sums.first != nullptr;
    if (reaches_input) pack<Kernels>(context, convolution, true, room.packed);
    const typename Kernels::Backward kernel = {convolution, reaches_input ? room.packed : nullptr, room.norm};
    const auto run = [&]<ck_activation activation>(const auto &gradient) {
      run_images(context, convolution.shape, [&](int64_t begin, int64_t end, int64_t task) {
        TaskSums mine = TaskSums::at(room.sums, task, room.sums_room);
        mine.clear(room.sums_room);
        if (sums.first == nullptr) mine = {nullptr, nullptr};
        T *weights = nullptr;
        if (weight_gradient != nullptr) {
          weights = room.weight_sums + task * kernel.weight_sums_count();
          // The first piece of work overwrites them; without any there is none.
          if (begin == end) {
            memset(weights, 0, static_cast<size_t>(kernel.weight_sums_count()) * sizeof(T));
          }
        }
        const InputGradient<activation, T> result = {
            static_cast<T *>(input_gradient.data),
            static_cast<const T *>(convolution.input.data),
            input_gradient.stride,
            convolution.input.stride,
            convolution.inputs,
            first_channel,
            accumulates,
            room.norm,
            mine};
        kernel.template run<activation>(begin, end, gradient, result, weights,
                                        room.scratch + task * room.scratch_stride);
      });
    };
    with_activation(convolution.norm.activation, [&]<ck_activation activation>() {
      with_gradient<T>(output, convolution.outputs, room.gradient, [&](const auto &gradient) {
        run.template operator()<activation>(gradient);
      });
    });
    collect(room.sums, context->tasks, room.sums_room, convolution.inputs, sums);
    if (weight_gradient == nullptr) return;
    run_tasks(context, context->tasks, [&](int64_t task) {
      int64_t begin, end;
      ck_task_range(convolution.outputs, context->tasks, task, &begin, &end);
      kernel.collect_weights(room.weight_sums, context->tasks, begin, end,
                             static_cast<T *>(weight_gradient));
    });
  }

  static void backward(const ck_context *context, const ck_convolution *convolution,
                       const ck_gradient *output, void *weight_gradient, ck_maps input_gradient,
                       int64_t first_channel, bool accumulates, ck_sums sums, void *workspace) {
    with_kernels<T>(*convolution, [&]<class Kernels>() {
      backward_of<Kernels>(context, *convolution, *output, weight_gradient, input_gradient,
                           first_channel, accumulates, sums, workspace);
    });
  }
};
