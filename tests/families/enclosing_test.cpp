// Hulls, boxes, ellipsoids and autocorrelations against definitions and closed forms.
#include <numbers>

#include "core/large_memory.hpp"
#include "families/shape/autocorrelation.hpp"
#include "families/shape/enclosing.hpp"
#include "families/standard.hpp"

namespace radloom::test {
namespace {

using shape::Position;

class Draws {
 public:
  explicit Draws(std::uint32_t seed) : random_(seed) {}
  double operator()() { return double(random_()) / 4294967296.0; }

 private:
  std::mt19937 random_;
};

Position cross(const Position& a, const Position& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
double dot(const Position& a, const Position& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Position minus(const Position& a, const Position& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }

/// A rotation: three unit vectors.
std::array<Position, 3> rotation(Draws& unit) {
  Position a{unit() - 0.5, unit() - 0.5, unit() - 0.5}, b{unit() - 0.5, unit() - 0.5, unit() - 0.5};
  const auto normalise = [](Position& p) {
    const double n = std::sqrt(dot(p, p));
    for (auto& c : p) c /= n;
  };
  normalise(a);
  const double along = dot(a, b);
  for (int d = 0; d < 3; ++d) b[std::size_t(d)] -= along * a[std::size_t(d)];
  normalise(b);
  return {a, b, cross(a, b)};
}

/// Three points are on a face where all others lie on one side: volume and area by the definition.
TEST(ConvexHull, equalsTheDefinition) {
  Draws unit(1);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<Position> p(4 + std::size_t(trial));
    for (auto& q : p) q = {unit() * 10, unit() * 4, unit() * 2};
    double volume = 0, area = 0;
    int faces = 0;
    for (std::size_t i = 0; i < p.size(); ++i)
      for (std::size_t j = i + 1; j < p.size(); ++j)
        for (std::size_t k = j + 1; k < p.size(); ++k) {
          const Position n = cross(minus(p[j], p[i]), minus(p[k], p[i]));
          int above = 0, below = 0;
          for (std::size_t l = 0; l < p.size(); ++l)
            if (l != i && l != j && l != k) (dot(n, minus(p[l], p[i])) > 0 ? above : below) += 1;
          if (above && below) continue;
          ++faces;
          area += std::sqrt(dot(n, n)) / 2;
          volume += (below ? 1 : -1) * dot(n, p[i]) / 6;
        }
    const auto hull = shape::convex_hull(p);
    EXPECT_LT(relative(hull.size.volume, volume), 1e-12);
    EXPECT_LT(relative(hull.size.area, area), 1e-12);
    EXPECT_EQ(int(hull.faces.size()), faces);
  }
}

TEST(ConvexHull, coplanarTrianglesAreOneFace) {
  std::vector<Position> p;
  for (int z = 0; z < 3; ++z)
    for (int y = 0; y < 3; ++y)
      for (int x = 0; x < 3; ++x) p.push_back({x * 0.977, y * 0.977, z * 3.0});
  const auto hull = shape::convex_hull(p);
  EXPECT_EQ(hull.faces.size(), 6u);
  EXPECT_EQ(hull.corners.size(), 8u);
  EXPECT_LT(relative(hull.size.volume, 4 * 0.977 * 0.977 * 6), 1e-12);
}

/// A box in any position, with points inside, is its own smallest box; the smallest ellipsoid around it has half axes sqrt(3) times its.
TEST(Enclosures, aBoxInAnyPosition) {
  Draws unit(2);
  for (int trial = 0; trial < 20; ++trial) {
    const auto axes = rotation(unit);
    const std::array<double, 3> half{1 + unit(), 3 + unit(), 6 + unit()};
    std::vector<Position> p;
    for (int i = 0; i < 40; ++i) {
      Position q{5, -7, 100};
      for (int d = 0; d < 3; ++d) {
        const double t = i < 8 ? (i >> d & 1 ? 1 : -1) : 2 * unit() - 1;
        for (int c = 0; c < 3; ++c)
          q[std::size_t(c)] += t * half[std::size_t(d)] * axes[std::size_t(d)][std::size_t(c)];
      }
      p.push_back(q);
    }
    const auto box = shape::oriented_box(shape::convex_hull(p));
    const double a = 2 * half[0], b = 2 * half[1], c = 2 * half[2];
    EXPECT_LT(relative(box.volume, a * b * c), 1e-11);
    EXPECT_LT(relative(box.area, 2 * (a * b + b * c + c * a)), 1e-11);
    const auto ellipsoid = shape::enclosing_ellipsoid(p);
    for (std::size_t d = 0; d < 3; ++d) EXPECT_LT(relative(ellipsoid[d], std::sqrt(3) * half[d]), 1e-6);
  }
}

/// Of the boxes with a face on the hull, none of a sample of turns is smaller, and the sample comes near.
TEST(Enclosures, noBoxOnAFaceIsSmaller) {
  Draws unit(3);
  for (int trial = 0; trial < 10; ++trial) {
    std::vector<Position> p(12);
    for (auto& q : p) q = {unit() * 5, unit() * 4, unit() * 3};
    const auto hull = shape::convex_hull(p);
    const double found = shape::oriented_box(hull).volume;
    double best = std::numeric_limits<double>::infinity();
    for (const auto& face : hull.faces) {
      Position u = cross(face.normal, std::abs(face.normal[0]) < 0.9 ? Position{1, 0, 0} : Position{0, 1, 0});
      const double n = std::sqrt(dot(u, u));
      for (auto& c : u) c /= n;
      const Position v = cross(face.normal, u);
      for (int turn = 0; turn < 2000; ++turn) {
        const double angle = turn * std::numbers::pi / 4000, c = std::cos(angle), s = std::sin(angle);
        double size = 1;
        for (const auto& [a, b, k] : {std::array<double, 3>{c, s, 0}, {-s, c, 0}, {0, 0, 1}}) {
          double low = 1e300, high = -1e300;
          for (const auto& q : p) {
            const double t = a * dot(q, u) + b * dot(q, v) + k * dot(q, face.normal);
            low = std::min(low, t);
            high = std::max(high, t);
          }
          size *= high - low;
        }
        best = std::min(best, size);
      }
    }
    EXPECT_LE(found, best * (1 + 1e-12));
    EXPECT_GT(found, best * 0.99);
  }
}

/// Meshes have upright faces and corners above each other: of every face and every line between two corners, the smallest box there is.
TEST(Enclosures, theBoxOfAMeshIsTheDefinitions) {
  for (std::uint32_t seed = 1; seed < 9; ++seed) {
    const auto v = volumes_of(random_grid({6, 5, 4}, {seed % 2 ? 0.25 : 0.9, 2, false}, seed), {0.9, 1.1, 2.5});
    const auto hull = shape::convex_hull(shape::hull_candidates(v.mask));
    double best = std::numeric_limits<double>::infinity();
    for (const auto& face : hull.faces)
      for (const auto& p : hull.corners)
        for (const auto& q : hull.corners) {
          Position along = minus(q, p);
          const double up = dot(along, face.normal);
          for (std::size_t d = 0; d < 3; ++d) along[d] -= up * face.normal[d];
          const double length = std::sqrt(dot(along, along));
          if (length < 1e-6) continue;
          for (auto& c : along) c /= length;
          double size = 1;
          for (const auto& axis : {along, cross(face.normal, along), face.normal}) {
            double low = 1e300, high = -1e300;
            for (const auto& r : hull.corners) {
              low = std::min(low, dot(r, axis));
              high = std::max(high, dot(r, axis));
            }
            size *= high - low;
          }
          best = std::min(best, size);
        }
    EXPECT_LT(relative(shape::oriented_box(hull).volume, best), 1e-12) << seed;
  }
}

/// Points of an ellipsoid in any position give it back, but for the gaps between them.
TEST(Enclosures, anEllipsoidInAnyPosition) {
  Draws unit(4);
  for (int trial = 0; trial < 5; ++trial) {
    const auto axes = rotation(unit);
    const std::array<double, 3> half{1 + unit(), 3 + unit(), 9 + unit()};
    std::vector<Position> p;
    for (int i = 0; i < 3000; ++i) {
      Position s{unit() - 0.5, unit() - 0.5, unit() - 0.5}, q{};
      const double n = std::sqrt(dot(s, s));
      for (int d = 0; d < 3; ++d)
        for (int c = 0; c < 3; ++c)
          q[std::size_t(c)] += s[std::size_t(d)] / n * half[std::size_t(d)] * axes[std::size_t(d)][std::size_t(c)];
      p.push_back(q);
    }
    const auto found = shape::enclosing_ellipsoid(p);
    for (std::size_t d = 0; d < 3; ++d) {
      EXPECT_LT(found[d], half[d] * (1 + 1e-6));
      EXPECT_GT(found[d], half[d] * 0.98);  // 3,000 points leave gaps
    }
  }
}

/// The manual's series with the standard library's polynomials.
TEST(Enclosures, areaOfAnEllipsoidIsTheManuals) {
  const double pi = std::numbers::pi;
  EXPECT_LT(relative(shape::ellipsoid(2, 2, 2).area, 16 * pi), 1e-14);
  EXPECT_LT(relative(shape::ellipsoid(2, 2, 2).volume, 32 * pi / 3), 1e-14);
  for (const double b : {1.9, 1.5, 0.4})
    for (const double c : {1.3, 0.8, 0.2}) {
      const double a = 2, alpha = std::sqrt(1 - b * b / (a * a)), beta = std::sqrt(1 - c * c / (a * a));
      double sum = 0;
      for (unsigned k = 0; k <= 20; ++k)
        sum += std::pow(alpha * beta, k) / (1 - 4.0 * k * k) *
               std::legendre(k, (alpha * alpha + beta * beta) / (2 * alpha * beta));
      EXPECT_LT(relative(shape::ellipsoid(a, b, c).area, 4 * pi * a * b * sum), 1e-11) << b << " " << c;
    }
  // With two equal axes the polynomials' argument is infinite, or 1.
  EXPECT_TRUE(std::isfinite(shape::ellipsoid(2, 2, 1).area));
  EXPECT_LT(relative(shape::ellipsoid(2, 2, 1).area, shape::ellipsoid(2, 2 - 1e-9, 1).area), 1e-7);
}

/// One voxel's mesh is an octahedron, of which everything is known.
TEST(Enclosures, theMeshOfOneVoxel) {
  const auto v = volumes_of({{1, 1, 1}, {1}}, {2, 2, 2});
  const auto p = shape::hull_candidates(v.mask);
  EXPECT_EQ(p.size(), 6u);
  const auto hull = shape::convex_hull(p);
  EXPECT_LT(relative(hull.size.volume, 8.0 / 6), 1e-13);
  EXPECT_LT(relative(shape::aligned_box(p).volume, 8), 1e-13);
  EXPECT_LT(relative(shape::oriented_box(hull).volume, 8.0 / 3), 1e-12);
  for (const double half : shape::enclosing_ellipsoid(hull.corners)) EXPECT_LT(relative(half, 1), 1e-8);
}

/// The corners that are kept of a mesh are enough: the hull holds every vertex, and is no larger than that of all.
TEST(Enclosures, candidatesHoldTheHullOfTheWholeMesh) {
  for (std::uint32_t seed = 1; seed < 20; ++seed) {
    const auto grid = random_grid({7, 6, 5}, {0.3, 2, false}, seed);
    const std::array<double, 3> s{0.9, 1.1, 2.5};
    const auto v = volumes_of(grid, s);
    std::vector<Position> all;  // half-way to every neighbour outside
    for (int z = 0; z < 5; ++z)
      for (int y = 0; y < 6; ++y)
        for (int x = 0; x < 7; ++x)
          if (grid.at(x, y, z))
            for (int d = 0; d < 3; ++d)
              for (const int step : {-1, 1}) {
                const std::array<int, 3> o{d == 0 ? step : 0, d == 1 ? step : 0, d == 2 ? step : 0};
                if (!grid.at(x + o[0], y + o[1], z + o[2]))
                  all.push_back({(x + o[0] / 2.0) * s[0], (y + o[1] / 2.0) * s[1], (z + o[2] / 2.0) * s[2]});
              }
    const auto expected = shape::convex_hull(all), ours = shape::convex_hull(shape::hull_candidates(v.mask));
    EXPECT_LT(relative(ours.size.volume, expected.size.volume), 1e-12);
    EXPECT_LT(relative(ours.size.area, expected.size.area), 1e-12);
  }
}

/// Moran's I and Geary's C, pair by pair.
TEST(Autocorrelations, equalTheDefinition) {
  std::uint32_t seed = 900;
  for (const auto& size : {std::array<int, 3>{1, 1, 2}, {2, 1, 1}, {5, 1, 1}, {1, 7, 1}, {1, 1, 9}, {3, 4, 1},
           {1, 5, 6}, {4, 5, 6}, {9, 8, 7}, {13, 11, 3}, {2, 16, 5}, {17, 2, 9}, {11, 24, 10}})
    for (const auto& spacing : {std::array<double, 3>{1, 1, 1}, {0.977, 0.977, 3}, {2, 0.5, 1.3}}) {
      const auto grid = random_grid(size, {0.8, 7, false}, ++seed);
      const auto v = volumes_of(grid, spacing);
      std::vector<std::array<double, 4>> voxels;
      for (int z = 0, i = 0; z < size[2]; ++z)
        for (int y = 0; y < size[1]; ++y)
          for (int x = 0; x < size[0]; ++x, ++i)
            if (const int level = grid.level[std::size_t(i)])
              voxels.push_back({x * spacing[0], y * spacing[1], z * spacing[2], double(level)});
      const double n = double(voxels.size());
      double mean = 0, squares = 0, weights = 0, products = 0, differences = 0;
      for (const auto& a : voxels) mean += a[3] / n;
      for (const auto& a : voxels) squares += (a[3] - mean) * (a[3] - mean);
      for (std::size_t i = 0; i < voxels.size(); ++i)
        for (std::size_t j = 0; j < voxels.size(); ++j) {
          if (i == j) continue;
          const auto &a = voxels[i], &b = voxels[j];
          const double w = 1 / std::sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                                         (a[2] - b[2]) * (a[2] - b[2]));
          weights += w;
          products += w * (a[3] - mean) * (b[3] - mean);
          differences += w * (a[3] - b[3]) * (a[3] - b[3]);
        }
      const auto ours = shape::autocorrelation(v.image, v.mask);
      const bool defined = n > 1 && squares > 1e-12;
      EXPECT_LT(relative(ours.morans_i, defined ? n / weights * products / squares : NAN, 1e-12), 1e-11);
      EXPECT_LT(relative(ours.gearys_c, defined ? (n - 1) / (2 * weights) * differences / squares : NAN, 1e-12), 1e-11);
    }
}

TEST(Autocorrelations, theGridAroundTheRegionDoesNotShow) {
  const auto grid = random_grid({6, 5, 4}, {0.8, 5, false}, 77);
  oracle::Grid wide{{11, 9, 8}, std::vector<int>(11 * 9 * 8)};
  for (int z = 0; z < 4; ++z)
    for (int y = 0; y < 5; ++y)
      for (int x = 0; x < 6; ++x) wide.level[std::size_t(((z + 2) * 9 + y + 3) * 11 + x + 4)] = grid.at(x, y, z);
  const auto a = volumes_of(grid), b = volumes_of(wide);
  EXPECT_EQ(shape::autocorrelation(a.image, a.mask).morans_i, shape::autocorrelation(b.image, b.mask).morans_i);
  EXPECT_EQ(shape::autocorrelation(a.image, a.mask).gearys_c, shape::autocorrelation(b.image, b.mask).gearys_c);
}

/// Where memory allows only a part of the frequencies at a time.
TEST(Autocorrelations, howManyFrequenciesAreKeptDoesNotShow) {
  const auto v = volumes_of(random_grid({9, 6, 5}, {0.8, 7, false}, 78));
  const auto whole = shape::autocorrelation(v.image, v.mask);
  for (const std::size_t bytes : {1, 20'000, 50'000}) {
    const auto parts = shape::autocorrelation(v.image, v.mask, bytes);
    EXPECT_EQ(parts.morans_i, whole.morans_i) << bytes;
    EXPECT_EQ(parts.gearys_c, whole.gearys_c) << bytes;
  }
}

/// Spectra in memory that another region's were in, of other odd and even sizes.
TEST(Autocorrelations, whatTheMemoryHeldDoesNotShow) {
  const auto memory = std::make_shared<KeptMemory>(std::size_t(1) << 30);
  for (const auto& size : {std::array<int, 3>{90, 90, 70}, {86, 91, 73}}) {
    const auto v = volumes_of(random_grid(size, {0.3, 7, false}, 79));
    const auto fresh = shape::autocorrelation(v.image, v.mask);
    const auto again = shape::autocorrelation(v.image, v.mask, shape::most_of_spectra, memory);
    EXPECT_EQ(again.morans_i, fresh.morans_i);
    EXPECT_EQ(again.gearys_c, fresh.gearys_c);
#ifndef RADLOOM_SANITIZED
    EXPECT_EQ(memory->kept_bytes(), std::size_t(36) << 20)
        << "three fields of 9 MiB and weights of 5, and more, in pages of 2";
#endif
  }
}

/// Shape on the morphological mask, intensities on the other.
TEST(FurtherShape, whichMaskCounts) {
  const auto backend = make_backend("cpu", 1);
  const std::array<double, 3> s{1, 2, 3};
  const auto body = random_grid({7, 6, 5}, {0.9, 4, false}, 21);
  auto kept = body;
  for (std::size_t i = 0; i < kept.level.size(); i += 3) kept.level[i] = 0;
  const auto whole = volumes_of(body, s), left = volumes_of(kept, s);
  const auto config = standard_config({"3d_mrg"});
  const auto ours = measure_standard(*backend, config, whole.image, left.mask, {.morphological_mask = whole.mask});
  const auto alone = measure_standard(*backend, config, whole.image, whole.mask);
  const auto rest = measure_standard(*backend, config, left.image, left.mask);
  double mass = 0, n = 0, voxels = 0, moment[3] = {}, centre[3] = {};
  for (int z = 0; z < 5; ++z)
    for (int y = 0; y < 6; ++y)
      for (int x = 0; x < 7; ++x) {
        const double at[3] = {x * s[0], y * s[1], z * s[2]};
        for (int d = 0; d < 3; ++d) {
          moment[d] += at[d] * kept.at(x, y, z);
          centre[d] += body.at(x, y, z) ? at[d] : 0;
        }
        mass += kept.at(x, y, z);
        n += kept.at(x, y, z) != 0;
        voxels += body.at(x, y, z) != 0;
      }
  double square = 0;
  for (int d = 0; d < 3; ++d) square += std::pow(moment[d] / mass - centre[d] / voxels, 2);
  EXPECT_LT(relative(value(ours, "morph_centre_of_mass_shift"), std::sqrt(square)), 1e-12);
  EXPECT_LT(relative(value(ours, "morph_integrated_intensity"), mass / n * value(alone, "morph_volume_mesh")), 1e-12);
  EXPECT_EQ(value(ours, "morph_volume_mesh"), value(alone, "morph_volume_mesh"));
  EXPECT_EQ(value(ours, "morph_area_density_convex_hull"), value(alone, "morph_area_density_convex_hull"));
  EXPECT_EQ(value(ours, "morph_morans_i_index"), value(rest, "morph_morans_i_index"));
  EXPECT_EQ(value(ours, "stat_mean"), value(rest, "stat_mean"));
  EXPECT_LT(relative(value(ours, "morph_asphericity"),
                std::cbrt(std::pow(value(ours, "morph_surface_area_mesh"), 3) /
                          (36 * std::numbers::pi * std::pow(value(ours, "morph_volume_mesh"), 2))) -
                    1),
      1e-12);
}

}  // namespace
}  // namespace radloom::test
