#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include <Eigen/Eigenvalues>

#include "support/oracle.hpp"

namespace radloom::oracle {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double eps = 2.220446049250313e-16;  // numpy.spacing(1)

double log2_eps(double p) { return std::log2(p + eps); }
double square(double x) { return x * x; }

/// Eigenvalues of a symmetric matrix, ascending.
Eigen::VectorXd eigenvalues(const Eigen::MatrixXd& a) {
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(a, Eigen::EigenvaluesOnly).eigenvalues();
}

/// Length of an offset in millimetres.
double length(const Offset& step, const std::array<double, 3>& spacing, Norm norm) {
  double sum = 0, squares = 0, most = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    const double d = std::abs(step[k]) * spacing[k];
    sum += d;
    squares += d * d;
    most = std::max(most, d);
  }
  if (norm == Norm::infinity) return most;
  return norm == Norm::euclidean ? std::sqrt(squares) : sum;
}

/// The mean over directions, those that give NaN left out; NaN where there is none.
Features mean_of(const std::vector<Features>& of_directions) {
  Features result;
  if (of_directions.empty()) return result;
  for (const auto& [name, unused] : of_directions.front()) {
    double sum = 0;
    int count = 0;
    for (const auto& one : of_directions)
      if (!std::isnan(one.at(name))) {
        sum += one.at(name);
        ++count;
      }
    result[name] = count ? sum / count : nan;
  }
  return result;
}

using Dense = std::vector<std::vector<double>>;

double total(const Dense& matrix) {
  double sum = 0;
  for (const auto& row : matrix)
    for (const double v : row) sum += v;
  return sum;
}

Features glcm_of(const Dense& counts, const std::vector<std::int32_t>& levels) {
  const std::size_t n = levels.size();
  const double sum = total(counts);
  const int ng = levels.back();
  Dense p = counts;
  for (auto& row : p)
    for (double& v : row) v = sum == 0 ? nan : v / sum;
  std::vector<double> px(n, 0), py(n, 0), plus(2 * std::size_t(ng) + 1, 0), minus(std::size_t(ng), 0);
  double ux = 0, uy = 0;
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b < n; ++b) {
      px[a] += p[a][b];
      py[b] += p[a][b];
      plus[std::size_t(levels[a] + levels[b])] += p[a][b];
      minus[std::size_t(std::abs(levels[a] - levels[b]))] += p[a][b];
      ux += levels[a] * p[a][b];
      uy += levels[b] * p[a][b];
    }
  Features f;
  for (const char* name : {"Autocorrelation", "ClusterProminence", "ClusterShade", "ClusterTendency", "Contrast",
           "JointEnergy", "JointEntropy", "MaximumProbability", "SumSquares", "DifferenceAverage", "DifferenceEntropy",
           "DifferenceVariance", "Id", "Idm", "Idn", "Idmn", "InverseVariance", "SumAverage", "SumEntropy"})
    f[name] = sum == 0 ? nan : 0;
  f["JointAverage"] = ux;
  double variance_x = 0, variance_y = 0, covariance = 0, hxy1 = 0, hxy2 = 0;
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b < n; ++b) {
      const double i = levels[a], j = levels[b], v = p[a][b], c = i + j - ux - uy;
      f["Autocorrelation"] += i * j * v;
      f["ClusterProminence"] += c * c * c * c * v;
      f["ClusterShade"] += c * c * c * v;
      f["ClusterTendency"] += c * c * v;
      f["Contrast"] += square(i - j) * v;
      f["JointEnergy"] += v * v;
      f["JointEntropy"] -= v * log2_eps(v);
      f["MaximumProbability"] = std::max(f["MaximumProbability"], v);
      f["SumSquares"] += square(i - ux) * v;
      variance_x += square(i - ux) * v;
      variance_y += square(j - uy) * v;
      covariance += (i - ux) * (j - uy) * v;
      hxy1 -= v * log2_eps(px[a] * py[b]);
      hxy2 -= px[a] * py[b] * log2_eps(px[a] * py[b]);
    }
  for (int k = 0; k < ng; ++k) {
    const double v = minus[std::size_t(k)];
    f["DifferenceAverage"] += k * v;
    f["DifferenceEntropy"] -= v * log2_eps(v);
    f["Id"] += v / (1 + k);
    f["Idm"] += v / (1 + double(k) * k);
    f["Idn"] += v / (1 + double(k) / ng);
    f["Idmn"] += v / (1 + double(k) * k / (double(ng) * ng));
    if (k > 0) f["InverseVariance"] += v / (double(k) * k);
  }
  for (int k = 0; k < ng; ++k) f["DifferenceVariance"] += square(k - f["DifferenceAverage"]) * minus[std::size_t(k)];
  for (int k = 2; k <= 2 * ng; ++k) {
    f["SumAverage"] += k * plus[std::size_t(k)];
    f["SumEntropy"] -= plus[std::size_t(k)] * log2_eps(plus[std::size_t(k)]);
  }
  const double sigmas = std::sqrt(variance_x) * std::sqrt(variance_y);
  f["Correlation"] = sigmas == 0 ? 1 : covariance / (sigmas + eps);
  double hx = 0, hy = 0;
  for (std::size_t a = 0; a < n; ++a) {
    hx -= px[a] * log2_eps(px[a]);
    hy -= py[a] * log2_eps(py[a]);
  }
  const double hxy = f["JointEntropy"], most = std::max(hx, hy);
  f["Imc1"] = most == 0 ? 0 : (hxy - hxy1) / most;
  f["Imc2"] = hxy2 == hxy ? 0 : std::sqrt(1 - std::exp(-2 * (hxy2 - hxy)));
  // Q = Dx^-1 P Dy^-1 P^T has the eigenvalues of S S^T with S = Dx^-1/2 P Dy^-1/2.
  Eigen::MatrixXd s = Eigen::MatrixXd::Zero(Eigen::Index(n), Eigen::Index(n));
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b < n; ++b)
      if (p[a][b] > 0) s(Eigen::Index(a), Eigen::Index(b)) = p[a][b] / std::sqrt(px[a] * py[b]);
  f["MCC"] = sum == 0 ? nan : n < 2 ? 1 : std::sqrt(std::max(0.0, eigenvalues(s * s.transpose())[Eigen::Index(n) - 2]));
  return f;
}

/// A matrix of levels by sizes; `weight` is 1 or a direction's.
using Weighted = std::map<std::pair<int, std::int64_t>, double>;

/// The features that GLRLM, GLSZM and GLDM share, under the names given for "run", "zone" and "dependence".
struct Words {
  const char *short_, *long_, *size_non_uniformity, *size_variance, *entropy, *low, *high, *short_low, *short_high,
      *long_low, *long_high;
};

Features sizes(const Weighted& matrix, const Words& words) {
  double n = 0;
  std::map<int, double> by_level;
  std::map<std::int64_t, double> by_size;
  for (const auto& [key, count] : matrix) {
    n += count;
    by_level[key.first] += count;
    by_size[key.second] += count;
  }
  if (n == 0) n = nan;
  double mean_level = 0, mean_size = 0, voxels = 0;
  for (const auto& [key, count] : matrix) {
    mean_level += key.first * count / n;
    mean_size += double(key.second) * count / n;
    voxels += double(key.second) * count;
  }
  Features f;
  f["Voxels"] = voxels;
  f["Count"] = n;
  for (const char* name : {words.short_, words.long_, words.size_non_uniformity, words.size_variance, words.entropy,
           words.low, words.high, words.short_low, words.short_high, words.long_low, words.long_high,
           "GrayLevelVariance", "GrayLevelNonUniformity"})
    f[name] = std::isnan(n) ? nan : 0;
  for (const auto& [key, count] : matrix) {
    const double i2 = square(key.first), j2 = square(double(key.second)), p = count / n;
    f[words.short_] += p / j2;
    f[words.long_] += p * j2;
    f[words.low] += p / i2;
    f[words.high] += p * i2;
    f[words.short_low] += p / (i2 * j2);
    f[words.short_high] += p * i2 / j2;
    f[words.long_low] += p * j2 / i2;
    f[words.long_high] += p * i2 * j2;
    f["GrayLevelVariance"] += p * square(key.first - mean_level);
    f[words.size_variance] += p * square(double(key.second) - mean_size);
    f[words.entropy] -= p * log2_eps(p);
  }
  for (const auto& [level, count] : by_level) f["GrayLevelNonUniformity"] += count * count / n;
  for (const auto& [size, count] : by_size) f[words.size_non_uniformity] += count * count / n;
  const std::string normalized = std::string(words.size_non_uniformity) + "Normalized";
  f["GrayLevelNonUniformityNormalized"] = f["GrayLevelNonUniformity"] / n;
  f[normalized] = f[words.size_non_uniformity] / n;
  return f;
}

Weighted weighted(const std::vector<Matrices::Cell>& cells) {
  Weighted result;
  for (const auto& cell : cells) result[{cell.level, cell.size}] += double(cell.count);
  return result;
}

Features runs(const Weighted& matrix) {
  Features f = sizes(
      matrix, {"ShortRunEmphasis", "LongRunEmphasis", "RunLengthNonUniformity", "RunVariance", "RunEntropy",
                  "LowGrayLevelRunEmphasis", "HighGrayLevelRunEmphasis", "ShortRunLowGrayLevelEmphasis",
                  "ShortRunHighGrayLevelEmphasis", "LongRunLowGrayLevelEmphasis", "LongRunHighGrayLevelEmphasis"});
  f["RunPercentage"] = f["Count"] / f["Voxels"];
  f.erase("Count");
  f.erase("Voxels");
  return f;
}

/// numpy's percentile: linear between the two nearest of the sorted values.
double percentile(const std::vector<double>& sorted, double percent) {
  const double at = percent / 100 * double(sorted.size() - 1);
  const auto low = std::size_t(std::floor(at));
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - double(low));
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

/// Four times the root of each eigenvalue of the covariance of the voxel centres, ascending.
std::vector<double> axes(
    const Grid& grid, const std::vector<std::size_t>& along, const std::array<double, 3>& spacing) {
  std::vector<std::vector<double>> points;
  for (int z = 0; z < grid.size[2]; ++z)
    for (int y = 0; y < grid.size[1]; ++y)
      for (int x = 0; x < grid.size[0]; ++x)
        if (grid.at(x, y, z)) {
          const std::array<double, 3> at{x * spacing[0], y * spacing[1], z * spacing[2]};
          std::vector<double> point;
          for (const auto k : along) point.push_back(at[k]);
          points.push_back(point);
        }
  const std::size_t d = along.size();
  std::vector<double> centre(d, 0);
  for (const auto& point : points)
    for (std::size_t k = 0; k < d; ++k) centre[k] += point[k] / double(points.size());
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(Eigen::Index(d), Eigen::Index(d));
  for (const auto& point : points)
    for (std::size_t a = 0; a < d; ++a)
      for (std::size_t b = 0; b < d; ++b)
        covariance(Eigen::Index(a), Eigen::Index(b)) +=
            (point[a] - centre[a]) * (point[b] - centre[b]) / double(points.size());
  std::vector<double> result;
  for (const double v : eigenvalues(covariance)) result.push_back(4 * std::sqrt(std::max(0.0, v)));
  return result;
}

/// Midpoints between a voxel inside and a neighbour along an axis outside, in half steps.
std::vector<Offset> surface(const Grid& grid, const std::vector<std::size_t>& along) {
  std::vector<Offset> result;
  for (int z = 0; z < grid.size[2]; ++z)
    for (int y = 0; y < grid.size[1]; ++y)
      for (int x = 0; x < grid.size[0]; ++x) {
        if (!grid.at(x, y, z)) continue;
        for (const auto k : along)
          for (const int sign : {1, -1}) {
            Offset next{x, y, z}, middle{2 * x, 2 * y, 2 * z};
            next[k] += sign;
            middle[k] += sign;
            if (!grid.at(next[0], next[1], next[2])) result.push_back(middle);
          }
      }
  return result;
}

/// The largest distance of two points that share the coordinate along `same` (3: any two).
double diameter(const std::vector<Offset>& points, const std::array<double, 3>& spacing, std::size_t same) {
  double most = 0;
  for (const auto& a : points)
    for (const auto& b : points) {
      if (same < 3 && a[same] != b[same]) continue;
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += square((a[k] - b[k]) * spacing[k] / 2);
      most = std::max(most, sum);
    }
  return std::sqrt(most);
}

double voxels(const Grid& grid) {
  return double(grid.level.size()) - double(std::count(grid.level.begin(), grid.level.end(), 0));
}

}  // namespace

Features glcm(const Matrices& matrices, bool symmetrical, Norm norm, const std::array<double, 3>& spacing) {
  const std::size_t n = matrices.gray_levels.size();
  Dense merged(n, std::vector<double>(n, 0));
  std::vector<Features> of_directions;
  for (std::size_t k = 0; k < matrices.glcm.size(); ++k) {
    Dense one(n, std::vector<double>(n, 0));
    double weight = 1;
    if (norm != Norm::per_direction && norm != Norm::no_weighting)
      weight = std::exp(-square(length(matrices.glcm_offsets[k], spacing, norm)));
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t b = 0; b < n; ++b) {
        one[a][b] += double(matrices.glcm[k][a * n + b]);
        if (symmetrical) one[b][a] += double(matrices.glcm[k][a * n + b]);
      }
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t b = 0; b < n; ++b) merged[a][b] += weight * one[a][b];
    if (total(one) > 0) of_directions.push_back(glcm_of(one, matrices.gray_levels));
  }
  Features result = norm == Norm::per_direction && !of_directions.empty() ? mean_of(of_directions)
                                                                          : glcm_of(merged, matrices.gray_levels);
  if (n < 2) result["MCC"] = 1;  // PyRadiomics says so before it looks at directions
  return result;
}

Features glrlm(const Matrices& matrices, Norm norm, const std::array<double, 3>& spacing) {
  Weighted merged;
  std::vector<Features> of_directions;
  for (std::size_t k = 0; k < matrices.glrlm.size(); ++k) {
    const double weight = norm == Norm::per_direction || norm == Norm::no_weighting
                              ? 1
                              : length(matrices.glrlm_offsets[k], spacing, norm);
    for (const auto& cell : matrices.glrlm[k]) merged[{cell.level, cell.size}] += weight * double(cell.count);
    if (!matrices.glrlm[k].empty()) of_directions.push_back(runs(weighted(matrices.glrlm[k])));
  }
  return norm == Norm::per_direction && !of_directions.empty() ? mean_of(of_directions) : runs(merged);
}

Features glszm(const Matrices& matrices) {
  Features f = sizes(weighted(matrices.glszm),
      {"SmallAreaEmphasis", "LargeAreaEmphasis", "SizeZoneNonUniformity", "ZoneVariance", "ZoneEntropy",
          "LowGrayLevelZoneEmphasis", "HighGrayLevelZoneEmphasis", "SmallAreaLowGrayLevelEmphasis",
          "SmallAreaHighGrayLevelEmphasis", "LargeAreaLowGrayLevelEmphasis", "LargeAreaHighGrayLevelEmphasis"});
  f["ZonePercentage"] = f["Count"] / f["Voxels"];
  f.erase("Count");
  f.erase("Voxels");
  return f;
}

Features gldm(const Matrices& matrices) {
  Features f = sizes(weighted(matrices.gldm),
      {"SmallDependenceEmphasis", "LargeDependenceEmphasis", "DependenceNonUniformity", "DependenceVariance",
          "DependenceEntropy", "LowGrayLevelEmphasis", "HighGrayLevelEmphasis", "SmallDependenceLowGrayLevelEmphasis",
          "SmallDependenceHighGrayLevelEmphasis", "LargeDependenceLowGrayLevelEmphasis",
          "LargeDependenceHighGrayLevelEmphasis"});
  for (const char* name : {"Count", "Voxels", "GrayLevelNonUniformityNormalized"}) f.erase(name);
  return f;
}

Features ngtdm(const Matrices& matrices) {
  const std::size_t n = matrices.gray_levels.size();
  double all = 0;
  std::vector<double> p(n), s(n, 0);
  for (const auto count : matrices.ngtdm_count) all += double(count);
  double sum_s = 0, sum_ps = 0;
  for (std::size_t a = 0; a < n; ++a) {
    p[a] = double(matrices.ngtdm_count[a]) / all;
    for (std::size_t k = 1; k < matrices.ngtdm_difference[a].size(); ++k)
      s[a] += double(matrices.ngtdm_difference[a][k]) / double(k);
    sum_s += s[a];
    sum_ps += p[a] * s[a];
  }
  double contrast = 0, absolute = 0, complexity = 0, strength = 0;
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b < n; ++b) {
      const double i = matrices.gray_levels[a], j = matrices.gray_levels[b];
      contrast += p[a] * p[b] * square(i - j);
      absolute += std::abs(i * p[a] - j * p[b]);
      complexity += std::abs(i - j) * (p[a] * s[a] + p[b] * s[b]) / (p[a] + p[b]);
      strength += (p[a] + p[b]) * square(i - j);
    }
  const double pairs = double(n) * (double(n) - 1);
  return {{"Coarseness", sum_ps == 0 ? 1e6 : 1 / sum_ps}, {"Contrast", pairs == 0 ? 0 : contrast * sum_s / all / pairs},
      {"Busyness", absolute == 0 ? 0 : sum_ps / absolute}, {"Complexity", complexity / all},
      {"Strength", sum_s == 0 ? 0 : strength / sum_s}};
}

Features firstorder(
    const std::vector<double>& intensities, const std::vector<int>& levels, double shift, double voxel_volume) {
  std::vector<double> x = intensities;
  std::sort(x.begin(), x.end());
  const double n = double(x.size()), u = mean(x);
  Features f;
  double m2 = 0, m3 = 0, m4 = 0, absolute = 0, energy = 0;
  std::vector<double> middle;
  const double p10 = percentile(x, 10), p90 = percentile(x, 90);
  for (const double v : x) {
    const double d = v - u;
    m2 += d * d / n;
    m3 += d * d * d / n;
    m4 += d * d * d * d / n;
    absolute += std::abs(d) / n;
    energy += square(v + shift);
    if (v >= p10 && v <= p90) middle.push_back(v);
  }
  f["10Percentile"] = p10;
  f["90Percentile"] = p90;
  f["Energy"] = energy;
  f["TotalEnergy"] = energy * voxel_volume;
  f["RootMeanSquared"] = std::sqrt(energy / n);
  f["InterquartileRange"] = percentile(x, 75) - percentile(x, 25);
  f["Median"] = percentile(x, 50);
  f["Maximum"] = x.back();
  f["Minimum"] = x.front();
  f["Range"] = x.back() - x.front();
  f["Mean"] = u;
  f["Variance"] = m2;
  f["StandardDeviation"] = std::sqrt(m2);
  f["Skewness"] = m2 == 0 ? 0 : m3 / std::pow(m2, 1.5);
  f["Kurtosis"] = m2 == 0 ? 0 : m4 / square(m2);
  f["MeanAbsoluteDeviation"] = absolute;
  double robust = 0;
  for (const double v : middle) robust += std::abs(v - mean(middle)) / double(middle.size());
  f["RobustMeanAbsoluteDeviation"] = middle.empty() ? nan : robust;
  std::map<int, double> histogram;
  for (const int level : levels) histogram[level] += 1 / n;
  f["Entropy"] = f["Uniformity"] = 0;
  for (const auto& [level, p] : histogram) {
    f["Entropy"] -= p * log2_eps(p);
    f["Uniformity"] += p * p;
  }
  return f;
}

Features shape(const Grid& grid, const std::array<double, 3>& spacing) {
  Features f;
  const auto points = surface(grid, {0, 1, 2});
  f["VoxelVolume"] = voxels(grid) * spacing[0] * spacing[1] * spacing[2];
  f["Maximum2DDiameterColumn"] = diameter(points, spacing, 1);  // PyRadiomics' words: column is the plane of constant y
  f["Maximum2DDiameterRow"] = diameter(points, spacing, 0);
  f["Maximum2DDiameterSlice"] = diameter(points, spacing, 2);
  f["Maximum3DDiameter"] = diameter(points, spacing, 3);
  const auto axis = axes(grid, {0, 1, 2}, spacing);
  f["LeastAxisLength"] = axis[0];
  f["MinorAxisLength"] = axis[1];
  f["MajorAxisLength"] = axis[2];
  f["Elongation"] = axis[1] / axis[2];
  f["Flatness"] = axis[0] / axis[2];
  return f;
}

Features shape2d(const Grid& grid, const std::array<double, 3>& spacing, int force_2d_dimension) {
  const std::size_t across = std::size_t(2 - force_2d_dimension);
  const std::size_t u = across == 0 ? 1 : 0, v = across == 2 ? 1 : 2;
  // The contour inside each square of four pixel centres: corners are cut off, one by one.
  double area = 0, perimeter = 0;
  const double cut = std::sqrt(square(spacing[u] / 2) + square(spacing[v] / 2)), cell = spacing[u] * spacing[v];
  for (int b = -1; b < grid.size[v]; ++b)
    for (int a = -1; a < grid.size[u]; ++a) {
      const auto inside = [&](int du, int dv) {
        Offset at{0, 0, 0};
        at[u] = a + du;
        at[v] = b + dv;
        return grid.at(at[0], at[1], at[2]) != 0;
      };
      const bool p00 = inside(0, 0), p10 = inside(1, 0), p01 = inside(0, 1), p11 = inside(1, 1);
      switch (p00 + p10 + p01 + p11) {
        case 1:
          area += cell / 8;
          perimeter += cut;
          break;
        case 3:
          area += cell * 7 / 8;
          perimeter += cut;
          break;
        case 4: area += cell; break;
        case 2:
          if (p00 == p11) {  // on the diagonal: two corners apart
            area += cell / 4;
            perimeter += 2 * cut;
          } else {
            area += cell / 2;
            perimeter += p00 == p10 ? spacing[u] : spacing[v];
          }
          break;
        default: break;
      }
    }
  Features f;
  const double pi = 3.14159265358979323846;
  f["MeshSurface"] = area;
  f["PixelSurface"] = voxels(grid) * cell;
  f["Perimeter"] = perimeter;
  f["PerimeterSurfaceRatio"] = perimeter / area;
  f["Sphericity"] = 2 * std::sqrt(pi * area) / perimeter;
  f["SphericalDisproportion"] = 1 / f["Sphericity"];
  f["MaximumDiameter"] = diameter(surface(grid, {u, v}), spacing, 3);
  const auto axis = axes(grid, {u, v}, spacing);
  f["MinorAxisLength"] = axis[0];
  f["MajorAxisLength"] = axis[1];
  f["Elongation"] = axis[0] / axis[1];
  return f;
}

}  // namespace radloom::oracle
