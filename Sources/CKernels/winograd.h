// Convolution with 3x3 kernels through products of tiles: F(2x2, 3x3) and F(4x4, 3x3) of Lavin and Gray 2016
// (arXiv 1509.09308, sections 4.1 to 4.3). Tiles of 4x4 pixels multiply 16 times for 4 results where the
// definition does 36 times, tiles of 6x6 pixels 36 times for 16 results instead of 144.
//
//     result = At [(G g Gt) . (Bt d B)] A        dg = Gt [(Bt d B) . (A dy At)] G
//
// with a dot for the product of equal places. For each place of a tile, that product summed over channels
// or over tiles is a product of matrices.

/// One direction of the transformations for `results` results a side.
template <int results>
struct Winograd;

/// From the points 0, 1, -1 and infinity.
template <>
struct Winograd<2> {
  /// Bt d: pixels to places.
  template <class T, class V>
  CK_INLINE void to_places(const V (&d)[4], V (&places)[4]) {
    places[0] = d[0] - d[2];
    places[1] = d[1] + d[2];
    places[2] = d[2] - d[1];
    places[3] = d[1] - d[3];
  }

  /// At m: places to results.
  template <class T, class V>
  CK_INLINE void to_results(const V (&m)[4], V (&results)[2]) {
    const V sum = m[1] + m[2], difference = m[1] - m[2];
    results[0] = m[0] + sum;
    results[1] = difference - m[3];
  }

  /// A dy: gradients of the results to places.
  template <class T, class V>
  CK_INLINE void to_gradient_places(const V (&dy)[2], V (&places)[4]) {
    places[0] = dy[0];
    places[1] = dy[0] + dy[1];
    places[2] = dy[0] - dy[1];
    places[3] = -dy[1];
  }

  /// G g: weights to places.
  template <class T, class V>
  CK_INLINE void to_weight_places(const V (&g)[3], V (&places)[4]) {
    const V half = broadcast(T(0.5));
    places[0] = g[0];
    places[1] = (g[0] + g[1] + g[2]) * half;
    places[2] = (g[0] - g[1] + g[2]) * half;
    places[3] = g[2];
  }

  /// Gt u: places to the gradients of weights.
  template <class T, class V>
  CK_INLINE void to_weights(const V (&u)[4], V (&weights)[3]) {
    const V half = broadcast(T(0.5));
    weights[0] = u[0] + (u[1] + u[2]) * half;
    weights[1] = (u[1] - u[2]) * half;
    weights[2] = (u[1] + u[2]) * half + u[3];
  }
};

/// From the points 0, a, -a, b, -b and infinity. With 1 and 2, as in the paper, sums of large numbers that
/// cancel leave several times the rounding errors; a b near 1 keeps all factors small (Barabasz et al. 2018,
/// arXiv 1803.10986, on the choice of points; oneDNN's F(4x4, 3x3) has the same two). Their powers have few
/// digits, so that the factors of Bt and At are exact in float32.
template <>
struct Winograd<4> {
  static constexpr double a = 0.625, b = 1.5, a2 = a * a, b2 = b * b;
  /// The products of the differences between a point and the others.
  static constexpr double of_zero = a2 * b2, of_a = 2 * a2 * (a2 - b2), of_b = 2 * b2 * (b2 - a2);

  template <class T>
  static constexpr Vector<T> all(double number) {
    return broadcast(static_cast<T>(number));
  }

  template <class T, class V>
  CK_INLINE void to_places(const V (&d)[6], V (&places)[6]) {
    const V even_a = d[4] - d[2] * all<T>(b2), odd_a = d[3] - d[1] * all<T>(b2);
    const V even_b = d[4] - d[2] * all<T>(a2), odd_b = d[3] - d[1] * all<T>(a2);
    places[0] = d[0] * all<T>(a2 * b2) + (d[4] - d[2] * all<T>(a2 + b2));
    places[1] = even_a + odd_a * all<T>(a);
    places[2] = even_a - odd_a * all<T>(a);
    places[3] = even_b + odd_b * all<T>(b);
    places[4] = even_b - odd_b * all<T>(b);
    places[5] = d[1] * all<T>(a2 * b2) + (d[5] - d[3] * all<T>(a2 + b2));
  }

  template <class T, class V>
  CK_INLINE void to_results(const V (&m)[6], V (&results)[4]) {
    const V sum_a = m[1] + m[2], difference_a = m[1] - m[2];
    const V sum_b = m[3] + m[4], difference_b = m[3] - m[4];
    results[0] = m[0] + sum_a + sum_b;
    results[1] = difference_a * all<T>(a) + difference_b * all<T>(b);
    results[2] = sum_a * all<T>(a2) + sum_b * all<T>(b2);
    results[3] = m[5] + difference_a * all<T>(a2 * a) + difference_b * all<T>(b2 * b);
  }

  template <class T, class V>
  CK_INLINE void to_gradient_places(const V (&dy)[4], V (&places)[6]) {
    const V even_a = dy[0] + dy[2] * all<T>(a2), odd_a = (dy[1] + dy[3] * all<T>(a2)) * all<T>(a);
    const V even_b = dy[0] + dy[2] * all<T>(b2), odd_b = (dy[1] + dy[3] * all<T>(b2)) * all<T>(b);
    places[0] = dy[0];
    places[1] = even_a + odd_a;
    places[2] = even_a - odd_a;
    places[3] = even_b + odd_b;
    places[4] = even_b - odd_b;
    places[5] = dy[3];
  }

  template <class T, class V>
  CK_INLINE void to_weight_places(const V (&g)[3], V (&places)[6]) {
    const V even_a = (g[0] + g[2] * all<T>(a2)) * all<T>(1 / of_a);
    const V even_b = (g[0] + g[2] * all<T>(b2)) * all<T>(1 / of_b);
    places[0] = g[0] * all<T>(1 / of_zero);
    places[1] = even_a + g[1] * all<T>(a / of_a);
    places[2] = even_a - g[1] * all<T>(a / of_a);
    places[3] = even_b + g[1] * all<T>(b / of_b);
    places[4] = even_b - g[1] * all<T>(b / of_b);
    places[5] = g[2];
  }

  template <class T, class V>
  CK_INLINE void to_weights(const V (&u)[6], V (&weights)[3]) {
    const V sum_a = (u[1] + u[2]) * all<T>(1 / of_a), sum_b = (u[3] + u[4]) * all<T>(1 / of_b);
    weights[0] = u[0] * all<T>(1 / of_zero) + sum_a + sum_b;
    weights[1] = (u[1] - u[2]) * all<T>(a / of_a) + (u[3] - u[4]) * all<T>(b / of_b);
    weights[2] = sum_a * all<T>(a2) + sum_b * all<T>(b2) + u[5];
  }
};

/// The pixels of a tile's side, and its places.
template <int results>
constexpr int tile_side = results + 2;
template <int results>
constexpr int tile_places = tile_side<results> * tile_side<results>;

/// G g Gt of as many kernels as a vector has elements.
template <int results, class T>
CK_INLINE void kernel_places(const Vector<T> (&taps)[9], Vector<T> (&places)[tile_places<results>]) {
  constexpr int side = tile_side<results>;
  Vector<T> rows[side][3];
#pragma unroll
  for (int column = 0; column < 3; ++column) {
    const Vector<T> kernel[3] = {taps[column], taps[3 + column], taps[6 + column]};
    Vector<T> down[side];
    Winograd<results>::template to_weight_places<T>(kernel, down);
#pragma unroll
    for (int row = 0; row < side; ++row) rows[row][column] = down[row];
  }
#pragma unroll
  for (int row = 0; row < side; ++row) {
    Vector<T> across[side];
    Winograd<results>::template to_weight_places<T>(rows[row], across);
#pragma unroll
    for (int column = 0; column < side; ++column) places[side * row + column] = across[column];
  }
}

/// Gt u G: the gradients of as many kernels.
template <int results, class T>
CK_INLINE void kernel_gradients(const Vector<T> (&places)[tile_places<results>],
                                Vector<T> (&taps)[9]) {
  constexpr int side = tile_side<results>;
  Vector<T> rows[3][side];
#pragma unroll
  for (int column = 0; column < side; ++column) {
    Vector<T> kernel[side], down[3];
#pragma unroll
    for (int row = 0; row < side; ++row) kernel[row] = places[side * row + column];
    Winograd<results>::template to_weights<T>(kernel, down);
#pragma unroll
    for (int row = 0; row < 3; ++row) rows[row][column] = down[row];
  }
#pragma unroll
  for (int row = 0; row < 3; ++row) {
    Vector<T> across[3];
    Winograd<results>::template to_weights<T>(rows[row], across);
#pragma unroll
    for (int column = 0; column < 3; ++column) taps[3 * row + column] = across[column];
  }
}
