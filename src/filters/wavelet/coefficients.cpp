#include "filters/wavelet/coefficients.hpp"

#include <algorithm>
#include <span>
#include <type_traits>

#include "radloom/error.hpp"

namespace radloom::wavelet {
namespace {

/// A wavelet is its two low-pass filters; the high-pass filters follow from them. An orthogonal one needs only the first: the
/// other is its mirror image.
struct Row {
  std::string_view name;
  std::span<const double> decomposition, reconstruction;
  std::span<const float> single;  ///< the decomposition filter in single precision, where it is not the other rounded
};

#define RL_TAPS(name, ...) constexpr double name[] = {__VA_ARGS__};
#define RL_SINGLE_TAPS(name, ...) constexpr float name[] = {__VA_ARGS__};
#include "filters/wavelet/coefficients.inc"
#undef RL_TAPS
#undef RL_SINGLE_TAPS

constexpr Row table[] = {
#define RL_ORTHOGONAL(name, taps, single) Row{name, taps, {}, single},
#define RL_BIORTHOGONAL(name, decomposition, reconstruction) Row{name, decomposition, reconstruction, {}},
#include "filters/wavelet/names.inc"
#undef RL_ORTHOGONAL
#undef RL_BIORTHOGONAL
};

const Row* find(std::string_view name) {
  for (const auto& row : table)
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace

bool is_known(std::string_view name) {
  return find(name) || (name.rfind("rbio", 0) == 0 && find("bior" + std::string(name.substr(4))));
}

template <class T>
FilterPair<T> filters_of(std::string_view name) {
  if (!is_known(name))
    throw Error(ErrorCode::config_invalid, "no discrete wavelet is called '" + std::string(name) + "'");
  const bool reversed = name.rfind("rbio", 0) == 0;  // the same pair, each filter in the other's place
  const Row& row = *find(reversed ? "bior" + std::string(name.substr(4)) : std::string(name));
  std::vector<T> low(row.decomposition.begin(), row.decomposition.end());
  if (std::is_same_v<T, float> && !row.single.empty()) low.assign(row.single.begin(), row.single.end());
  std::vector<T> back(row.reconstruction.begin(), row.reconstruction.end());
  if (back.empty()) back.assign(low.rbegin(), low.rend());
  if (reversed) {
    std::swap(low, back);
    std::reverse(low.begin(), low.end());
    std::reverse(back.begin(), back.end());
  }
  for (std::size_t k = 0; k < back.size(); k += 2) back[k] = -back[k];
  return {std::move(low), std::move(back)};
}

template FilterPair<float> filters_of(std::string_view);
template FilterPair<double> filters_of(std::string_view);

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& row : table) all.emplace_back(row.name);
  for (const auto& row : table)
    if (!row.reconstruction.empty()) all.push_back("rbio" + std::string(row.name.substr(4)));
  return all;
}

}  // namespace radloom::wavelet
