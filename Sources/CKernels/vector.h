// A vector of as many elements as one instruction takes, written with the compiler's vectors: the
// arithmetic is the same source for every processor. Included by each file of kernels within a namespace
// and, where it needs one, a target of its own.

template <class T>
struct VectorOf {
  static constexpr int lanes = CK_VECTOR_BYTES / static_cast<int>(sizeof(T));
  typedef T type __attribute__((vector_size(CK_VECTOR_BYTES)));
};

template <class T>
using Vector = typename VectorOf<T>::type;

template <class T>
constexpr int lanes = VectorOf<T>::lanes;

#define CK_INLINE static inline __attribute__((always_inline))
/// The same for a member of a type.
#define CK_MEMBER __attribute__((always_inline))

template <class T>
CK_INLINE Vector<T> load(const T *from) {
  Vector<T> value;
  memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
CK_INLINE void store(T *to, Vector<T> value) {
  memcpy(to, &value, sizeof value);
}

template <class T>
CK_INLINE Vector<T> broadcast(T value) {
  return value - Vector<T>{};
}

/// max(0, value), and not a number where the value is none: what diverges must be seen.
template <class V>
CK_INLINE V rectified(V value) {
  const V zero = {};
  return zero > value ? zero : value;
}

/// value where gate > 0, else 0
template <class V>
CK_INLINE V where_positive(V gate, V value) {
  const V zero = {};
  return gate > zero ? value : zero;
}

// MARK: - The first few elements

#if CK_VECTOR_BYTES == 64

CK_INLINE Vector<float> load_first(const float *from, int count) {
  return (Vector<float>)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
}
CK_INLINE Vector<double> load_first(const double *from, int count) {
  return (Vector<double>)_mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << count) - 1), from);
}
CK_INLINE void store_first(float *to, Vector<float> value, int count) {
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), (__m512)value);
}
CK_INLINE void store_first(double *to, Vector<double> value, int count) {
  _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << count) - 1), (__m512d)value);
}

#elif CK_VECTOR_BYTES == 32

alignas(32) static const int32_t lanes_of_32[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
alignas(32) static const int64_t lanes_of_64[8] = {-1, -1, -1, -1};

CK_INLINE __m256i first_of_8(int count) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(lanes_of_32 + 8 - count));
}
CK_INLINE __m256i first_of_4(int count) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(lanes_of_64 + 4 - count));
}
CK_INLINE Vector<float> load_first(const float *from, int count) {
  return (Vector<float>)_mm256_maskload_ps(from, first_of_8(count));
}
CK_INLINE Vector<double> load_first(const double *from, int count) {
  return (Vector<double>)_mm256_maskload_pd(from, first_of_4(count));
}
CK_INLINE void store_first(float *to, Vector<float> value, int count) {
  _mm256_maskstore_ps(to, first_of_8(count), (__m256)value);
}
CK_INLINE void store_first(double *to, Vector<double> value, int count) {
  _mm256_maskstore_pd(to, first_of_4(count), (__m256d)value);
}

#else

template <class T>
CK_INLINE Vector<T> load_first(const T *from, int count) {
  Vector<T> value = {};
  for (int lane = 0; lane < count; ++lane) value[lane] = from[lane];
  return value;
}
template <class T>
CK_INLINE void store_first(T *to, Vector<T> value, int count) {
  for (int lane = 0; lane < count; ++lane) to[lane] = value[lane];
}

#endif

/// The vector at `index` of a row of `count` elements, zeros beyond its end.
template <class T>
CK_INLINE Vector<T> load_within(const T *row, int64_t index, int64_t count) {
  const int64_t left = count - index;
  return left >= lanes<T> ? load(row + index) : load_first(row + index, static_cast<int>(left));
}

/// Stores the vector at `index` of a row of `count` elements, and nothing beyond its end.
template <class T>
CK_INLINE void store_within(T *row, int64_t index, int64_t count, Vector<T> value) {
  const int64_t left = count - index;
  if (left >= lanes<T>) {
    store(row + index, value);
  } else {
    store_first(row + index, value, static_cast<int>(left));
  }
}

/// The next multiple of a vector's elements.
template <class T>
CK_INLINE int64_t whole_vectors(int64_t count) {
  return (count + lanes<T> - 1) / lanes<T> * lanes<T>;
}
