#include "families/glcm/dense_product.hpp"

#include <algorithm>

#include "core/simd.hpp"
#include "families/glcm/maximal_correlation.hpp"

namespace radloom::glcm {
namespace {

constexpr int lanes =
    DenseProduct::lanes;  // of every sum, whatever the registers hold, so that all processors give the same

struct Matrix {
  const double *cells, *row, *column;  ///< over marginals, and those
  int levels, width;
  const double *root, *inverse;
};
struct Down : Matrix {
  const double* v;
  double *a, *b;
};
struct Up : Matrix {
  const double *a, *b;
  double* image;
};

template <int bytes>
struct Vectors {
  typedef double Wide __attribute__((vector_size(bytes)));
  typedef double Loose __attribute__((vector_size(bytes), aligned(sizeof(double)), may_alias));
  static constexpr int width = bytes / int(sizeof(double)), count = lanes / width;
  static const Loose& at(const double* p) { return *reinterpret_cast<const Loose*>(p); }
};

/// Adds the rows, times what each is multiplied with, to a and b: four at a time.
template <int bytes>
[[gnu::always_inline]] inline void add_rows(const Down& s) {
  using V = Vectors<bytes>;
  for (int i = 0; i < s.levels; i += 4) {
    const int rows = std::min(4, s.levels - i);
    double x[4], y[4];
    for (int r = 0; r < rows; ++r) {
      x[r] = s.inverse[i + r] * s.v[i + r];
      y[r] = s.root[i + r] * s.v[i + r];
    }
    const double* const cells = s.cells + std::size_t(i) * s.width;
    for (int k = 0; k < s.width; k += V::width) {
      const typename V::Wide column = V::at(s.column + k);
      typename V::Wide a = V::at(s.a + k), b = V::at(s.b + k);
      for (int r = 0; r < rows; ++r) {
        const typename V::Wide u = V::at(cells + std::size_t(r) * s.width + k);
        a += u * (s.row[i + r] * column + correlation_epsilon) * x[r];
        b += u * y[r];
      }
      *reinterpret_cast<typename V::Loose*>(s.a + k) = a;
      *reinterpret_cast<typename V::Loose*>(s.b + k) = b;
    }
  }
}
RL_SIMD_WIDTHS(add_rows_of, const Down&, add_rows)

/// Multiplies each row with a and b.
template <int bytes>
[[gnu::always_inline]] inline void sum_rows(const Up& s) {
  using V = Vectors<bytes>;
  for (int i = 0; i < s.levels; ++i) {
    const double* const cells = s.cells + std::size_t(i) * s.width;
    typename V::Wide x[V::count], y[V::count];
    for (int v = 0; v < V::count; ++v) x[v] = y[v] = typename V::Wide{};
    for (int k = 0; k < s.width; k += lanes)
      for (int v = 0; v < V::count; ++v) {
        const int at = k + v * V::width;
        const typename V::Wide u = V::at(cells + at);
        x[v] += u * V::at(s.a + at);
        y[v] += u * (s.row[i] * V::at(s.column + at) + correlation_epsilon) * V::at(s.b + at);
      }
    double sum_x = 0, sum_y = 0;
    for (int l = 0; l < lanes; ++l) {
      sum_x += x[l / V::width][l % V::width];
      sum_y += y[l / V::width][l % V::width];
    }
    s.image[i] = (s.root[i] * sum_x + s.inverse[i] * sum_y) / 2;
  }
}
RL_SIMD_WIDTHS(sum_rows_of, const Up&, sum_rows)

}  // namespace

DenseProduct::DenseProduct(const std::vector<Cell>& cells, const Marginals<double*>& p, int levels)
    : levels_(levels), width_((levels + lanes - 1) / lanes * lanes), row_(p.row),
      over_marginals_(std::size_t(levels_) * width_), column_(width_) {
  std::copy_n(p.column, levels, column_.begin());
  for (const auto& c : cells)
    over_marginals_[std::size_t(c.row) * width_ + c.column] =
        c.weight / (p.row[c.row] * p.column[c.column] + correlation_epsilon);
}

void DenseProduct::down(const double* v, const double* root, const double* inverse, double* a, double* b) const {
  std::fill_n(a, width_, 0.0);
  std::fill_n(b, width_, 0.0);
  add_rows_of({{over_marginals_.data(), row_, column_.data(), levels_, width_, root, inverse}, v, a, b});
}

void DenseProduct::up(
    const double* a, const double* b, const double* root, const double* inverse, double* image) const {
  sum_rows_of({{over_marginals_.data(), row_, column_.data(), levels_, width_, root, inverse}, a, b, image});
}

}  // namespace radloom::glcm
