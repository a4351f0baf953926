#include "core/extremes.hpp"

#include <cstring>

#include "core/simd.hpp"

namespace radloom {
namespace {

template <class T>
struct Job {
  const T* values;
  const std::uint8_t* inside;
  std::int64_t n;
  Extremes<T>& all;
};

/// As many values at a time as fit into a vector of so many bytes. Those outside are replaced by what changes nothing.
template <int bytes, class T>
[[gnu::always_inline]] inline void see_inside(const Job<T>& job) {
  constexpr int many = bytes / sizeof(T);
  typedef T Values __attribute__((vector_size(bytes)));
  typedef T Loose __attribute__((vector_size(bytes), aligned(sizeof(T)), may_alias));  // anywhere in memory
  typedef std::uint8_t Places __attribute__((vector_size(many)));
  using Which = decltype(Values{} == Values{});
  const T* const values = job.values;
  const std::uint8_t* const inside = job.inside;
  const std::int64_t n = job.n;
  const Values lowest = job.all.least - Values{}, highest = job.all.largest - Values{};
  Values least = lowest, largest = highest;
  std::int64_t i = 0;
  for (; i + many <= n; i += many) {
    Places places;
    std::memcpy(&places, inside + i, sizeof places);
    const Which seen = __builtin_convertvector(places, Which) != 0;
    const Values v = *reinterpret_cast<const Loose*>(values + i);
    const Values low = seen ? v : lowest, high = seen ? v : highest;
    least = low < least ? low : least;
    largest = high > largest ? high : largest;
  }
  for (int k = 0; k < many; ++k) job.all.see(Extremes<T>{least[k], largest[k]});
  for (; i < n; ++i)
    if (inside[i]) job.all.see(values[i]);
}

}  // namespace

#define RL_EXTREMES(T)                                                                   \
  namespace {                                                                            \
  RL_SIMD_WIDTHS(see, const Job<T>&, see_inside)                                         \
  }                                                                                      \
  template <>                                                                            \
  Extremes<T> extremes_of(const T* values, const std::uint8_t* inside, std::int64_t n) { \
    Extremes<T> all;                                                                     \
    see({values, inside, n, all});                                                       \
    return all;                                                                          \
  }
RL_EXTREMES(std::int8_t)
RL_EXTREMES(std::uint8_t)
RL_EXTREMES(std::int16_t)
RL_EXTREMES(std::uint16_t)
RL_EXTREMES(std::int32_t)
RL_EXTREMES(std::uint32_t)
RL_EXTREMES(float)
RL_EXTREMES(double)
#undef RL_EXTREMES

}  // namespace radloom
