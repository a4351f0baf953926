#pragma once
#include <cstdint>
#include <vector>

namespace radloom {

/// The points of a plane whose first coordinate is `t`: only the lowest and the highest second coordinate matter.
struct Strip {
  std::int64_t t, low, high;
};
struct HullPoint {
  std::int64_t t, u;
};

/// Corners of the convex hull of strips in ascending order of t, each once, points on an edge left out. Exact: integers.
void convex_hull(const std::vector<Strip>& strips, std::vector<HullPoint>& hull);

/// Largest squared distance of two of the points, whose coordinates are multiplied by `along` and `across`; no less than `best`.
double squared_diameter(const std::vector<HullPoint>& points, double along, double across, double best = 0);

/// Points in space, and the largest squared distance of two of them: pairs whose distances from the centre cannot add up to
/// the best so far are not visited.
class PointCloud {
 public:
  void add(double x, double y, double z) {
    x_.push_back(x);
    y_.push_back(y);
    z_.push_back(z);
  }
  double squared_diameter() const;

 private:
  std::vector<double> x_, y_, z_;
};

}  // namespace radloom
