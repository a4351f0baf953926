#include "families/shape/measure.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/bit_mask.hpp"
#include "core/moments.hpp"
#include "core/simd.hpp"
#include "core/team.hpp"
#include "families/shape/mesh.hpp"
#include "families/shape/vertices.hpp"

namespace radloom::shape {
namespace {

using Vector = std::array<double, 3>;

/// Words of patterns, see `pattern_words`.
using Patterns = std::array<std::int64_t, pattern_words>;

/// The corners 0 of the cubes that the surface passes, as bits of `n` words: of rows of `words` words that follow each other,
/// and those of the slice behind.
RL_SIMD_CLONES void find_surface(const std::uint64_t* here, const std::uint64_t* behind, std::int64_t words,
    std::int64_t n, std::uint64_t* surface) {
  for (std::int64_t i = 0; i < n; ++i) {
    std::uint64_t any = 0, all = ~std::uint64_t(0);
    for (const std::uint64_t* row : {here + i, here + i + words, behind + i, behind + i + words}) {
      const std::uint64_t next = row[0] >> 1 | row[1] << 63;
      any |= row[0] | next;
      all &= row[0] & next;
    }
    surface[i] = any & ~all;
  }
}

/// For nine voxels of a row, as bits: the two of each of eight cubes, a byte a cube.
constexpr auto pairs_of_row = [] {
  std::array<std::uint64_t, 512> pairs{};
  for (std::uint64_t row = 0; row < 512; ++row)
    for (int k = 0; k < 8; ++k) pairs[row] |= (row >> k & 3) << (8 * k);
  return pairs;
}();

RL_SIMD_CLONES Patterns count_patterns(const BitMask& mask) {
  typedef long long Two __attribute__((vector_size(16)));
  Two counts[256][2] = {};  // a pattern's four words
  const auto words = mask.words(), n = (mask.ny() + 1) * words;
  std::vector<std::uint64_t> surface(n);
  for (std::int64_t z = -1; z < mask.nz(); ++z) {
    const std::uint64_t *const here = mask.row(-1, z), *const behind = mask.row(-1, z + 1);
    find_surface(here, behind, words, n, surface.data());
    for (std::int64_t y = 0; y <= mask.ny(); ++y)
      for (std::int64_t w = 0; w < words; ++w) {
        const auto i = y * words + w;
        for (std::uint64_t left = surface[i]; left != 0;) {
          const int first = std::countr_zero(left) & ~7;  // of eight cubes
          const auto pairs = [first](const std::uint64_t* word) {
            std::uint16_t row;
            std::memcpy(&row, reinterpret_cast<const char*>(word) + first / 8, sizeof row);
            return pairs_of_row[row & 511];
          };
          const std::uint64_t patterns =
              pairs(here + i) | pairs(here + i + words) << 2 | pairs(behind + i) << 4 | pairs(behind + i + words) << 6;
          for (auto cubes = unsigned(left >> first & 255); cubes != 0; cubes &= cubes - 1) {
            const int k = std::countr_zero(cubes);
            Two* const count = counts[patterns >> (8 * k) & 255];
            count[0] += Two{1, w * 64 + first + k};
            count[1] += Two{y, z + 1};
          }
          left &= ~(std::uint64_t(255) << first);
        }
      }
  }
  Patterns out;
  for (unsigned p = 0; p < 256; ++p) {
    const unsigned q =
        (p & 0x33) | (p & 0x44) << 1 | (p & 0x88) >> 1;  // pairs along x: corners 2 and 3, 6 and 7 change places
    for (unsigned k = 0; k < 4; ++k) out[4 * p + k] = counts[q][k / 2][k % 2];
  }
  return out;
}

}  // namespace

std::vector<Position> hull_candidates(const Volume& mask) {
  return Vertices(BitMask(mask), mask.geometry().spacing_mm).candidates();
}

Measures measure(const Volume& mask) {
  const BitMask bits(mask);
  const Vector spacing = mask.geometry().spacing_mm;
  const double spacing_mm[3] = {spacing[0], spacing[1], spacing[2]};
  Measures out;
  const auto patterns = count_patterns(bits);
  double room[512];
  const auto mesh = mesh_size(SerialTeam{}, mesh_table, patterns.data(), spacing_mm, room);
  out.area = mesh.area;
  out.volume = mesh.volume;
  const auto squared = Vertices(bits, spacing).squared_diameters();
  out.diameter_slice = std::sqrt(squared[0]);
  out.diameter_column = std::sqrt(squared[1]);
  out.diameter_row = std::sqrt(squared[2]);
  out.diameter = std::sqrt(squared[3]);
  const auto moments = index_moments(bits);
  out.voxels = moments.voxels;
  principal_variances(moments, spacing_mm, out.variance);
  return out;
}

}  // namespace radloom::shape
