// Sums over pixels for each channel: what statistics and the gradients of norms are made of.

/// Adds the elements of a vector to as many sums of twice the precision.
CK_INLINE void add_to(double *sums, Vector<double> value) { store(sums, load(sums) + value); }
CK_INLINE void add_to(double *sums, Vector<float> value) {
  typedef double Wide __attribute__((vector_size(2 * CK_VECTOR_BYTES)));
  Wide wide;
  memcpy(&wide, sums, sizeof wide);
  wide += __builtin_convertvector(value, Wide);
  memcpy(sums, &wide, sizeof wide);
}

/// The sums of one task for each channel, with room for whole vectors.
struct TaskSums {
  double *first, *second;

  /// The sums of task `task` within memory for all tasks.
  static TaskSums at(double *memory, int64_t task, int64_t room) {
    return {memory + 2 * task * room, memory + (2 * task + 1) * room};
  }

  void clear(int64_t room) const {
    memset(first, 0, static_cast<size_t>(room) * sizeof(double));
    memset(second, 0, static_cast<size_t>(room) * sizeof(double));
  }
};

/// Sums of a few values and of their squares, about the first of them: where a mean is many deviations from 0,
/// float32 squares would leave nothing of the variance.
template <class T>
struct ShiftedSums {
  Vector<T> shift, first, second;
  int64_t count;

  __attribute__((always_inline)) void add(Vector<T> value) {
    if (count++ == 0) shift = value;
    value -= shift;
    first += value;
    second += value * value;
  }

  /// Adds the sums about 0 to those of a task.
  void add_to(const TaskSums &sums, int64_t channel) const {
    for (int lane = 0; lane < lanes<T>; ++lane) {
      const double about = shift[lane], sum = first[lane], squares = second[lane];
      const double values = static_cast<double>(count);
      sums.first[channel + lane] += sum + values * about;
      sums.second[channel + lane] += squares + about * (2 * sum + values * about);
    }
  }
};

/// Adds up what the tasks have summed, in their order.
static inline void collect(const double *memory, int64_t tasks, int64_t room, int64_t channels,
                           ck_sums sums) {
  if (sums.first == nullptr) return;
  for (int64_t channel = 0; channel < channels; ++channel) {
    double first = 0, second = 0;
    for (int64_t task = 0; task < tasks; ++task) {
      first += memory[2 * task * room + channel];
      second += memory[(2 * task + 1) * room + channel];
    }
    sums.first[channel] = first;
    sums.second[channel] = second;
  }
}
