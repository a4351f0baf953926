#pragma once
#include <cstdint>
#include <utility>

#include "core/host_device.hpp"
#include "core/team.hpp"

namespace radloom {

/// Accumulators a call of `BlockTeam::sums` may have, and the doubles of shared memory a team of `threads` takes.
inline constexpr int most_team_sums = 16;
RL_HD constexpr int team_doubles(int threads) { return threads / 32 * most_team_sums; }

/// A block as a team (see core/team.hpp): the threads share a loop, and a sum is made in an order that depends on the size of the
/// block alone: each thread adds every threads()-th term, lanes are added by a butterfly, warps in their order.
/// Takes `shared_doubles` doubles of shared memory. Every thread of the block must make the same calls.
template <class Exec>
class BlockTeam {
 public:
  using Number = double;
  /// Accumulators a call of `sums` may have.
  static constexpr int most_sums = most_team_sums;
  /// Doubles of shared memory a team of `threads` takes.
  RL_HD static constexpr int shared_doubles(int threads) { return team_doubles(threads); }

  RL_HD explicit BlockTeam(Exec& exec)
      : exec_(exec), room_(exec.template shared<double>(shared_doubles(exec.threads()))) {}

  RL_HD int size() const { return exec_.threads(); }
  RL_HD bool leader() const { return exec_.thread() == 0; }

  template <class F>
  RL_HD void for_each(std::int64_t n, const F& f) const {
    for (std::int64_t i = exec_.thread(); i < n; i += exec_.threads()) f(i);
    exec_.sync_block();
  }

  template <int K, class Term>
  RL_HD Sums<K> sums(std::int64_t n, const Term& term) const {
    static_assert(K <= most_sums);
    Sums<K> own;
    for (std::int64_t i = exec_.thread(); i < n; i += exec_.threads()) term(i, own);
    for (int k = 0; k < K; ++k)
      for (int mask = 16; mask > 0; mask /= 2) own[k] += exec_.shuffle_xor(own[k], mask);
    return over_warps<K>(own, [](double a, double b) { return a + b; });
  }

  template <class Term>
  RL_HD double maximum(std::int64_t n, double least, const Term& term) const {
    Sums<1> own;
    own[0] = least;
    const auto larger = [](double a, double b) { return a > b ? a : b; };
    for (std::int64_t i = exec_.thread(); i < n; i += exec_.threads()) own[0] = larger(own[0], term(i));
    for (int mask = 16; mask > 0; mask /= 2) own[0] = larger(own[0], exec_.shuffle_xor(own[0], mask));
    return over_warps<1>(own, larger)[0];
  }

  template <class F>
  RL_HD void once(const F& f) const {
    if (leader()) f();
    exec_.sync_block();
  }

 private:
  template <int K, class Fold>
  RL_HD Sums<K> over_warps(const Sums<K>& own, const Fold& fold) const {
    if (exec_.lane() == 0)
      for (int k = 0; k < K; ++k) room_.set(exec_.warp() * K + k, own[k]);
    exec_.sync_block();
    Sums<K> all;
    for (int k = 0; k < K; ++k) {
      all[k] = room_.get(k);
      for (int w = 1; w < exec_.warps(); ++w) all[k] = fold(all[k], room_.get(w * K + k));
    }
    exec_.sync_block();  // before the next call writes there
    return all;
  }

  Exec& exec_;
  decltype(std::declval<Exec&>().template shared<double>(0)) room_;
};

}  // namespace radloom
