#include "families/common/touching.hpp"

#include <cstring>
#include <type_traits>

#include "core/simd.hpp"

namespace radloom::zones {
namespace {

template <class T>
struct Job {
  const Earlier<T>& of;
  std::int32_t first, last;
  const Touching& to;
};

/// As many voxels as fit into a vector of so many bytes.
template <int bytes, class T>
struct Voxels {
  static constexpr int many = bytes / sizeof(T);
  typedef T Levels __attribute__((vector_size(bytes)));
  typedef T Loose __attribute__((vector_size(bytes), aligned(sizeof(T)), may_alias));  ///< anywhere in memory
  typedef std::uint8_t Places __attribute__((vector_size(many)));
  using Which = decltype(Levels{} == Levels{});  ///< all bits of those that are meant

  [[gnu::always_inline]] static void load(const T* from, Levels& to) { to = *reinterpret_cast<const Loose*>(from); }
  [[gnu::always_inline]] static void find(const Levels& level, const T* at, Which& equal) {
    equal = level == *reinterpret_cast<const Loose*>(at);
  }
  [[gnu::always_inline]] static void store(const Which& which, std::uint8_t* to) {
    const Places places = __builtin_convertvector(which, Places);
    std::memcpy(to, &places, sizeof places);
  }
};

/// Steps go past `last` where the range is no multiple of a vector.
template <int bytes, class T>
[[gnu::always_inline]] inline void find_in(const Job<T>& job) {
  using V = Voxels<bytes, T>;
  using Levels = typename V::Levels;
  using Which = typename V::Which;
  using Flag = std::make_signed_t<T>;  // of Which
  const T *const row = job.of.row, *const beside[4] = {
                                       job.of.beside[0], job.of.beside[1], job.of.beside[2], job.of.beside[3]};
  const Touching to = job.to;
  for (std::int32_t x = job.first; x < job.last; x += V::many) {
    Levels level;
    V::load(row + x, level);
    const Which inside = level != 0;
    Which from, on;
    V::find(level, row + x - 1, from);
    V::find(level, row + x + 1, on);
    Which before[4], at[4], behind[4];
    for (int r = 0; r < 4; ++r) {
      V::find(level, beside[r] + x - 1, before[r]);
      V::find(level, beside[r] + x, at[r]);
      V::find(level, beside[r] + x + 1, behind[r]);
    }
    // Joins that follow from others. A voxel that has the level of its neighbour in the row lies in one run with it, and voxels that have one level side by
    // side in another row do too: what one of them meets, all have met. Places of the other rows beside voxel x of row 2 touch it, and those of rows 1 and
    // 2 touch voxel x of row 0: who meets that voxel has met them, or will where its run begins.
    const Which follows[4] = {at[2], at[2] | at[0], at[0] & ~at[2], at[2]};
    Which joins[2] = {};
    for (int r = 0; r < 4; ++r) {
      const Which first = before[r] & ~at[r] & ~from, middle = at[r] & ~(from & before[r]),
                  last = behind[r] & ~at[r] & ~on;
      const int place = 3 * (r % 2);
      joins[r / 2] |=
          ~follows[r] & ((first & Flag(1 << place)) | (middle & Flag(2 << place)) | (last & Flag(4 << place)));
    }
    V::store(inside & joins[0], to.joins_0 + x);
    V::store(inside & joins[1], to.joins_1 + x);
    const Which any = (joins[0] | joins[1]) != 0;
    V::store(inside & (on | any) & ~from & 1, to.begins + x);
    const Which but_one = (joins[0] & (joins[0] - 1)) | (joins[1] & (joins[1] + (joins[0] == 0)));
    V::store(inside & (((from & any) | but_one) != 0) & 1, to.meets + x);
  }
}

template <int bytes>
[[gnu::always_inline]] inline void find_8(const Job<std::uint8_t>& job) {
  find_in<bytes>(job);
}
template <int bytes>
[[gnu::always_inline]] inline void find_16(const Job<std::uint16_t>& job) {
  find_in<bytes>(job);
}
RL_SIMD_WIDTHS(find_bytes, const Job<std::uint8_t>&, find_8)
RL_SIMD_WIDTHS(find_words, const Job<std::uint16_t>&, find_16)

template <class T>
void find_straight(const Job<T>& job) {
  const auto& [of, first, last, to] = job;
  for (std::int32_t x = first; x < last; ++x) {
    const T level = of.row[x];
    const auto equal = [&](const T* other) { return unsigned(level != 0 && other[x] == level); };
    to.joins_0[x] = std::uint8_t(equal(of.beside[0]) << 1 | equal(of.beside[1]) << 4);
    to.joins_1[x] = std::uint8_t(equal(of.beside[2]) << 1 | equal(of.beside[3]) << 4);
    const unsigned joins = to.joins_0[x] | unsigned(to.joins_1[x]) << 6;
    to.begins[x] = joins != 0;
    to.meets[x] = (joins & (joins - 1)) != 0;
  }
}

}  // namespace

void find_touching(const Earlier<std::uint8_t>& of, std::int32_t first, std::int32_t last, const Touching& touching) {
  of.diagonals ? find_bytes({of, first, last, touching}) : find_straight<std::uint8_t>({of, first, last, touching});
}

void find_touching(const Earlier<std::uint16_t>& of, std::int32_t first, std::int32_t last, const Touching& touching) {
  of.diagonals ? find_words({of, first, last, touching}) : find_straight<std::uint16_t>({of, first, last, touching});
}

}  // namespace radloom::zones
