// A block as a team against plain loops.
#include "kernels/common/team.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "simt/launch.hpp"

namespace radloom::simt {
namespace {

double term_of(std::int64_t i) { return std::sin(double(i) * 1.7) * 100 + double(i % 7); }

/// What a block does with a team, twice over, so that the end of one call meets the beginning of the next.
struct AllWords {
  Span<double> sums, largest;    ///< one a thread
  Span<std::uint32_t> visited;   ///< n
  Span<double> squares;          ///< n
  Span<std::uint32_t> was_once;  ///< 2

  template <class Exec>
  void operator()(Exec& exec) const {
    BlockTeam<Exec> team(exec);
    const std::int64_t n = visited.size;
    const auto v = exec.global(visited), once = exec.global(was_once);
    const auto sq = exec.global(squares), s = exec.global(sums), m = exec.global(largest);
    for (int round = 0; round < 2; ++round) {
      team.for_each(n, [&](std::int64_t i) { v[i] += 1u; });
      team.for_each(n, [&](std::int64_t i) { sq.set(n - 1 - i, double(v[n - 1 - i]) * term_of(n - 1 - i)); });
      const auto both = team.template sums<3>(n, [&](std::int64_t i, Sums<3>& t) {
        t[0] += term_of(i);
        t[1] += 1;
        t[2] += sq[i];
      });
      const double most = team.maximum(n, -3.5, [&](std::int64_t i) { return sq[i]; });
      team.once([&] { once[round] += 1u; });
      s.set(exec.thread(), both[0] + 1e6 * both[1] + 1e9 * both[2] + double(once[round]));
      m.set(exec.thread(), most);
      exec.sync_block();
    }
  }
};

/// In the order that the team says it adds in.
template <class Term>
double in_team_order(int threads, std::int64_t n, const Term& term) {
  double all = 0;
  for (int w = 0; w < threads / 32; ++w) {
    double lane[32] = {};
    for (int l = 0; l < 32; ++l)
      for (std::int64_t i = w * 32 + l; i < n; i += threads) lane[l] += term(i);
    for (int mask = 16; mask > 0; mask /= 2) {
      double next[32];
      for (int l = 0; l < 32; ++l) next[l] = lane[l] + lane[l ^ mask];
      std::copy(next, next + 32, lane);
    }
    all = w ? all + lane[0] : lane[0];
  }
  return all;
}

TEST(BlockTeam, givesWhatPlainLoopsGive) {
  for (int threads = 32; threads <= 1024; threads += threads < 128 ? 32 : 128)
    for (const std::int64_t n : {0, 1, 31, 32, 33, 1000})
      for (unsigned seed = 0; seed < 3; ++seed) {
        const std::size_t t = std::size_t(threads);
        std::vector<double> sums(t), largest(t), squares(std::size_t(n) + 1);
        std::vector<std::uint32_t> visited(std::size_t(n) + 1), once(2);
        const AllWords body{{sums.data(), threads}, {largest.data(), threads}, {visited.data(), n}, {squares.data(), n},
            {once.data(), 2}};
        launch(body, {1, threads, BlockTeam<Exec>::shared_doubles(threads) * sizeof(double)}, seed);
        double plain = 0, most = -3.5;
        for (std::int64_t i = 0; i < n; ++i) {
          EXPECT_EQ(visited[std::size_t(i)], 2u);
          plain += term_of(i);
          most = std::max(most, 2 * term_of(i));
        }
        const double exact = in_team_order(threads, n, term_of);
        EXPECT_NEAR(exact, plain, 1e-9);
        for (int i = 0; i < threads; ++i) {
          // The whole team gets the same, made in the order that is promised.
          ASSERT_EQ(sums[std::size_t(i)],
              exact + 1e6 * double(n) + 1e9 * in_team_order(threads, n, [](std::int64_t k) { return 2 * term_of(k); }) +
                  1)
              << threads << " threads, " << n << " terms, seed " << seed;
          ASSERT_EQ(largest[std::size_t(i)], most);
        }
        EXPECT_EQ(once[0], 1u);
        EXPECT_EQ(once[1], 1u);
      }
}

struct MostSums {
  Span<double> out;
  template <class Exec>
  void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    constexpr int k = BlockTeam<Exec>::most_sums;
    const auto s = team.template sums<k>(100, [](std::int64_t i, Sums<k>& t) {
      for (int j = 0; j < k; ++j) t[j] += double(i * j);
    });
    if (team.leader())
      for (int j = 0; j < k; ++j) exec.global(out)[j] = s[j];
  }
};
TEST(BlockTeam, asManySumsAsItMayMake) {
  for (const int threads : {32, 1024}) {
    std::vector<double> out(BlockTeam<Exec>::most_sums);
    launch(MostSums{{out.data(), std::int64_t(out.size())}},
        {1, threads, BlockTeam<Exec>::shared_doubles(threads) * sizeof(double)}, 1);
    for (std::size_t j = 0; j < out.size(); ++j) EXPECT_EQ(out[j], 4950.0 * double(j));
  }
}

}  // namespace
}  // namespace radloom::simt
