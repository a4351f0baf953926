// MCC against a dense eigenvalue decomposition, where a search for one eigenvalue has it hard: gray levels in groups that hardly
// meet, so that many eigenvalues lie close to 1 and to each other, and chains of levels, whose eigenvalues hardly differ.
#include <gtest/gtest.h>
#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "catalogue/indices.hpp"
#include "families/glcm/features.hpp"
#include "families/glcm/small_correlation.hpp"

namespace radloom::test {
namespace {

/// Counts of pairs of ranks (row, column).
using Counts = std::map<std::pair<int, int>, std::uint64_t>;

double ours(const Counts& counts, int levels, bool symmetric) {
  glcm::Request request;
  request.symmetric = symmetric;
  for (int i = 0; i < levels; ++i) request.gray_levels.push_back(i + 1);
  std::vector<glcm::PairCount> pairs;
  for (const auto& [at, count] : counts) pairs.push_back({at.first, at.second, count});
  return glcm::averaged({pairs}, request)[feature::glcm::mcc];
}

/// The definition, decomposed in full: Q_ij = sum_k p_ik p_jk / (p_i p_k + epsilon) over the levels that have pairs, brought into
/// symmetric form by the roots of p_i. What epsilon leaves of asymmetry is halved; it moves eigenvalues by its square, which is
/// nothing as long as no p_i p_k comes near epsilon (no pairs of rare levels among tens of millions).
double expected(const Counts& counts, int levels, bool symmetric) {
  Eigen::MatrixXd p = Eigen::MatrixXd::Zero(levels, levels);
  for (const auto& [at, count] : counts) {
    p(at.first, at.second) += double(count);
    if (symmetric) p(at.second, at.first) += double(count);
  }
  p /= p.sum();
  const Eigen::VectorXd row = p.rowwise().sum();
  const Eigen::RowVectorXd column = p.colwise().sum();
  // left_ik = p_ik sqrt(p_i) / (p_i p_k + eps), right_kj = p_jk / sqrt(p_j)
  Eigen::MatrixXd left = Eigen::MatrixXd::Zero(levels, levels), right = left;
  for (Eigen::Index i = 0; i < levels; ++i)
    for (Eigen::Index k = 0; k < levels; ++k)
      if (p(i, k) > 0) {
        left(i, k) = p(i, k) * std::sqrt(row(i)) / (row(i) * column(k) + 0x1p-52);
        right(k, i) = p(i, k) / std::sqrt(row(i));
      }
  const Eigen::MatrixXd q = left * right;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> decomposed((q + q.transpose()) / 2, Eigen::EigenvaluesOnly);
  return std::sqrt(std::max(0.0, decomposed.eigenvalues()(levels - 2)));
}

/// Numbers by hand: the standard's distributions differ between libraries.
class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}
  std::uint64_t operator()(std::uint64_t from, std::uint64_t to) { return from + random_() % (to - from + 1); }

 private:
  std::mt19937 random_;
};

/// `groups` of levels that meet each other often within, and never without.
Counts groups_of(int levels, int groups, Draw& draw) {
  Counts counts;
  for (int g = 0; g < groups; ++g)
    for (int i = levels * g / groups; i < levels * (g + 1) / groups; ++i)
      for (int j = levels * g / groups; j < levels * (g + 1) / groups; ++j)
        if (draw(0, 3) != 0) counts[{i, j}] += draw(50, 1000);
  return counts;
}

struct Hard {
  const char* name;
  int levels;
  bool symmetric;
  Counts (*make)(int levels);
};

void PrintTo(const Hard& hard, std::ostream* stream) { *stream << hard.name; }

constexpr Hard cases[] = {
    {"two groups that hardly meet", 256, true,
        [](int n) {
          Draw draw(1);
          auto counts = groups_of(n, 2, draw);
          counts[{0, n - 1}] += 1;
          return counts;
        }},
    {"eight groups in a row, each hardly meeting the next", 256, true,
        [](int n) {
          Draw draw(2);
          auto counts = groups_of(n, 8, draw);
          for (int g = 1; g < 8; ++g) counts[{n * g / 8 - 1, n * g / 8}] += 1;
          return counts;
        }},
    {"thirty-two groups in a ring", 1000, true,
        [](int n) {
          Draw draw(3);
          auto counts = groups_of(n, 32, draw);
          for (int g = 0; g < 32; ++g) counts[{(n * (g + 1) / 32 + n - 1) % n, n * ((g + 1) % 32) / 32}] += 1;
          return counts;
        }},
    {"sixteen groups that all meet all, equally rarely", 512, true,
        [](int n) {
          Draw draw(4);
          auto counts = groups_of(n, 16, draw);
          for (int g = 0; g < 16; ++g)
            for (int h = 0; h < g; ++h) counts[{n * g / 16, n * h / 16}] += 1;
          return counts;
        }},
    {"groups of very different sizes", 400, true,
        [](int n) {
          Draw draw(5);
          Counts counts;
          for (int first = 0, size = 2; first < n; first += size, size = size * 3 / 2) {
            for (int i = first; i < std::min(first + size, n); ++i)
              for (int j = first; j < std::min(first + size, n); ++j) counts[{i, j}] += draw(1, 500);
            if (first > 0) counts[{first - 1, first}] += 1;
          }
          return counts;
        }},
    {"groups that meet never", 300, true,
        [](int n) {
          Draw draw(6);
          return groups_of(n, 5, draw);
        }},
    {"a chain of levels that meet only the next", 256, true,
        [](int n) {
          Counts counts;
          for (int i = 0; i + 1 < n; ++i) counts[{i, i + 1}] = 100;
          return counts;
        }},
    {"a chain of levels that mostly meet themselves", 500, true,
        [](int n) {
          Draw draw(7);
          Counts counts;
          for (int i = 0; i < n; ++i) {
            counts[{i, i}] = draw(500, 1000);
            if (i + 1 < n) counts[{i, i + 1}] = draw(1, 3);
          }
          return counts;
        }},
    {"a band of levels, as smooth images have", 1000, true,
        [](int n) {
          Draw draw(8);
          Counts counts;
          for (int i = 0; i < n; ++i)
            for (int j = i; j < std::min(n, i + 4); ++j) counts[{i, j}] = draw(1, 200);
          return counts;
        }},
    {"two halves that meet only each other, almost", 256, true,
        [](int n) {
          Draw draw(9);
          Counts counts;
          for (int i = 0; i < n / 2; ++i)
            for (int j = n / 2; j < n; ++j) counts[{i, j}] = draw(1, 100);
          counts[{0, 1}] = 1;
          return counts;
        }},
    {"levels of one pair with levels of thousands", 256, true,
        [](int n) {
          Draw draw(10);
          Counts counts;
          for (int i = 0; i < 8; ++i)
            for (int j = 0; j < 8; ++j) counts[{i, j}] = draw(100, 1000);
          for (int i = 8; i < n; ++i) counts[{i, int(draw(0, 7))}] += 1;
          return counts;
        }},
    {"groups whose neighbours lie in the next, not symmetric", 384, false,
        [](int n) {
          Draw draw(11);
          Counts counts;
          for (const auto& [at, count] : groups_of(n, 12, draw)) counts[{(at.first + n / 12) % n, at.second}] += count;
          for (int g = 0; g < 12; ++g) counts[{n * g / 12, n * g / 12}] += 1;
          return counts;
        }},
    {"noise, not symmetric", 512, false,
        [](int n) {
          Draw draw(12);
          Counts counts;
          for (int k = 0; k < 20 * n; ++k)
            counts[{int(draw(0, std::uint64_t(n - 1))), int(draw(0, std::uint64_t(n - 1)))}] += 1;
          return counts;
        }},
    {"noise that leaves few cells empty, not symmetric", 203, false,
        [](int n) {
          Draw draw(13);
          Counts counts;
          for (int k = 0; k < n * n; ++k)
            counts[{int(draw(0, std::uint64_t(n - 1))), int(draw(0, std::uint64_t(n - 1)))}] += 1;
          return counts;
        }},
};

class HardCorrelation : public testing::TestWithParam<Hard> {};

// MCC is a root, and eigenvalues are asked for to 1e-12 of their size; the decompositions' own rounding stays below 1e-12 too.
TEST_P(HardCorrelation, EqualsTheDecomposition) {
  const Hard& hard = GetParam();
  const Counts counts = hard.make(hard.levels);
  const double found = ours(counts, hard.levels, hard.symmetric);
  const double right = expected(counts, hard.levels, hard.symmetric);
  RecordProperty("difference", testing::PrintToString(found - right));
  RecordProperty("below_one", testing::PrintToString(1 - right));
  EXPECT_NEAR(found, right, 1e-11);
}

INSTANTIATE_TEST_SUITE_P(Cases, HardCorrelation, testing::ValuesIn(cases), [](const auto& instance) {
  std::string name = instance.param.name;
  for (char& c : name)
    if (c == ' ' || c == ',' || c == '-') c = '_';
  return name;
});

// A root of what is nothing but rounding is 1e-8.
TEST(SmallCorrelation, EqualsTheDecomposition) {
  Draw draw(13);
  for (int levels = 2; levels <= 24; ++levels)
    for (int repeat = 0; repeat < 20; ++repeat)
      for (const bool symmetric : {true, false}) {
        Counts counts;
        for (int k = 0; k < 2 * levels; ++k)
          counts[{int(draw(0, std::uint64_t(levels - 1))), int(draw(0, std::uint64_t(levels - 1)))}] += draw(1, 9);
        EXPECT_NEAR(ours(counts, levels, symmetric), expected(counts, levels, symmetric), 1e-7)
            << levels << " levels, " << repeat;
      }
}

/// Small matrices as maps have them, many at a time: noise, trees, two sides, parts, chains, levels without pairs.
TEST(SmallCorrelations, EqualTheDecomposition) {
  Draw draw(13);
  std::vector<Counts> all;
  std::vector<int> levels;
  for (int k = 0; k < 200; ++k) {
    const int n = int(draw(2, 32)), kind = k % 5, pairs = int(draw(1, 40));
    Counts counts;
    for (int p = 0; p < pairs; ++p) {
      const int i = int(draw(0, std::uint64_t(n - 1)));
      int j = int(draw(0, std::uint64_t(n - 1)));
      if (kind == 1) j = std::min(i + 1, n - 1);           // a chain that ends in a loop
      if (kind == 2) j = (i + 1 + 2 * (j / 2)) % n;        // two sides where n is even
      if (kind == 3) j = i / 2;                            // a tree with a loop at its root
      if (kind == 4 && (i < n / 2) != (j < n / 2)) j = i;  // two parts
      counts[{i, j}] += draw(1, 3);
    }
    all.push_back(counts);
    levels.push_back(n);
  }
  std::vector<double> found(all.size(), -1), alone(all.size(), -1);
  glcm::SmallCorrelations small;
  const auto put = [&](std::size_t k, double& out) {
    const int n = levels[k];
    std::vector<std::uint32_t> met(std::size_t(n), 0);
    std::vector<double> p(std::size_t(n * n)), row(std::size_t(n), 0);
    double total = 0;
    for (const auto& [at, count] : all[k]) total += 2 * double(count);
    for (const auto& [at, count] : all[k])
      for (const auto& [i, j] : {at, std::pair(at.second, at.first)}) {
        met[std::size_t(i)] |= 1u << j;
        p[std::size_t(i * n + j)] += double(count) / total;
        row[std::size_t(i)] += double(count) / total;
      }
    small.put(
        n, met.data(), row.data(), [&](int i, int j) { return p[std::size_t(i * n + j)]; }, &out);
  };
  for (std::size_t k = 0; k < all.size(); ++k) put(k, found[k]);
  small.solve();
  for (std::size_t k = 0; k < all.size(); ++k) {
    put(k, alone[k]);
    small.solve();
    EXPECT_EQ(found[k], alone[k]) << k;  // whatever the other lanes hold
  }
  int between = 0;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const double right = expected(all[k], levels[k], true);
    EXPECT_NEAR(found[k] * found[k], right * right, 1e-12) << k;
    between += right > 0.01 && right < 0.99;
  }
  EXPECT_GT(between, 50);  // where the graph says nothing
}

}  // namespace
}  // namespace radloom::test
