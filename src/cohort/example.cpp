#include "cohort/example.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cohort/csv.hpp"
#include "cohort/make_folder.hpp"
#include "cohort/noise.hpp"
#include "radloom/io.hpp"
#include "radloom/record.hpp"

namespace radloom::cohort {
namespace {

using Point = std::array<double, 3>;

/// Below 1 inside the ellipsoid.
double ellipsoid(const Point& p, const Point& centre, const Point& radius) {
  double sum = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double d = (p[axis] - centre[axis]) / radius[axis];
    sum += d * d;
  }
  return sum;
}

struct Voxel {
  double intensity = 0;
  int label = 0;
};

/// A voxel of a body: `p` runs over [-1, 1] along each axis of the volume, `mm` in millimetres from its corner.
struct Place {
  Point p, mm;
  std::int64_t x = 0, y = 0, z = 0;
};

struct Lesion {
  Point centre, radius;  ///< in the units of Place::p
};

/// A chest: fat, muscle, spine, two lungs with vessels, and in one of them a tumour with a necrotic core. In HU.
class Chest {
 public:
  Chest(std::uint64_t seed, const Lesion& tumour)
      : tumour_(tumour), noise_(seed), shape_(seed + 1), fine_(seed + 2), coarse_(seed + 3) {}

  Voxel at(const Place& v) const {
    Voxel voxel = tissue(v);
    voxel.intensity = std::max(voxel.intensity + 11 * noise_.white(v.x, v.y, v.z), -1024.0);
    return voxel;
  }

 private:
  Voxel tissue(const Place& v) const {
    const auto& [x, y, z] = v.mm;
    const double body = ellipsoid(v.p, {0, 0, 0}, {0.92, 0.80, 1e6});
    if (body > 1) return {-1000, 0};
    if (body > 0.80) return {-105 + 15 * coarse_.smooth(x, y, z, 12), 0};
    if (ellipsoid(v.p, {0, 0.52, 0}, {0.11, 0.13, 1e6}) < 1) return {330 + 150 * fine_.smooth(x, y, z, 5), 0};
    const double tumour = ellipsoid(v.p, tumour_.centre, tumour_.radius) + 0.45 * shape_.smooth(x, y, z, 14);
    if (tumour < 0.24) return {6 + 10 * coarse_.smooth(x, y, z, 9), 3};
    if (tumour < 1) return {38 + 30 * coarse_.smooth(x, y, z, 9) + 28 * fine_.smooth(x, y, z, 3.5), 2};
    const double left = ellipsoid(v.p, {-0.43, -0.05, 0}, {0.31, 0.50, 0.95}),
                 right = ellipsoid(v.p, {0.43, -0.05, 0}, {0.31, 0.50, 0.95});
    if (std::min(left, right) < 1) {
      const double vessels = fine_.smooth(x, y, z, 6);
      return {-840 + 50 * coarse_.smooth(x, y, z, 20) + (vessels > 0.45 ? 900 * (vessels - 0.45) : 0), 1};
    }
    return {45 + 12 * coarse_.smooth(x, y, z, 10), 0};
  }

  Lesion tumour_;
  Noise noise_, shape_, fine_, coarse_;
};

/// A head: skull, gray and white matter, ventricles, a lesion with oedema around it, all under a bias field.
class Head {
 public:
  Head(std::uint64_t seed, const Lesion& lesion, double gain)
      : lesion_(lesion), gain_(gain), noise_(seed), shape_(seed + 1), fine_(seed + 2), coarse_(seed + 3) {}

  Voxel at(const Place& v) const {
    Voxel voxel = tissue(v);
    const auto& [x, y, z] = v.p;
    const double bias = 1 + 0.18 * x - 0.12 * y + 0.08 * z + 0.10 * x * y;
    voxel.intensity = gain_ * std::abs(voxel.intensity * bias + 14 * noise_.white(v.x, v.y, v.z));
    return voxel;
  }

 private:
  Voxel tissue(const Place& v) const {
    const auto& [x, y, z] = v.mm;
    const double head = ellipsoid(v.p, {0, 0, -0.2}, {0.84, 0.92, 1.25});
    if (head > 1) return {0, 0};
    if (head > 0.86) return {560 + 60 * coarse_.smooth(x, y, z, 10), 0};
    if (head > 0.74) return {70, 0};
    const double lesion = ellipsoid(v.p, lesion_.centre, lesion_.radius) + 0.5 * shape_.smooth(x, y, z, 13);
    if (lesion < 0.42) return {690 + 90 * coarse_.smooth(x, y, z, 8) + 70 * fine_.smooth(x, y, z, 3), 3};
    if (lesion < 1) return {300 + 40 * coarse_.smooth(x, y, z, 11), 2};
    const double ventricles = std::min(ellipsoid(v.p, {-0.13, -0.05, 0.05}, {0.09, 0.30, 0.38}),
        ellipsoid(v.p, {0.13, -0.05, 0.05}, {0.09, 0.30, 0.38}));
    if (ventricles < 1) return {110, 0};
    const double folds = head + 0.30 * coarse_.smooth(x, y, z, 12);
    return {(folds < 0.47 ? 480 : 390) + 14 * fine_.smooth(x, y, z, 4), 1};
  }

  Lesion lesion_;
  double gain_;
  Noise noise_, shape_, fine_, coarse_;
};

template <class T, class Body>
void paint(ExampleCase& made, const Geometry& grid, const Body& body) {
  const auto& [nx, ny, nz] = grid.size;
  std::vector<T> image(std::size_t(grid.voxels()));
  std::vector<std::uint8_t> mask(image.size());
  std::size_t at = 0;
  for (std::int64_t z = 0; z < nz; ++z)
    for (std::int64_t y = 0; y < ny; ++y)
      for (std::int64_t x = 0; x < nx; ++x, ++at) {
        const Point p{(2 * double(x) + 1) / double(nx) - 1, (2 * double(y) + 1) / double(ny) - 1,
            (2 * double(z) + 1) / double(nz) - 1};
        const Point mm{double(x) * grid.spacing_mm[0], double(y) * grid.spacing_mm[1], double(z) * grid.spacing_mm[2]};
        const Voxel voxel = body.at({p, mm, x, y, z});
        // Floating-point images keep eighths, so that they are no integers and yet exact.
        if constexpr (std::is_floating_point_v<T>) image[at] = T(std::floor(voxel.intensity * 8 + 0.5) / 8);
        else image[at] = T(std::floor(voxel.intensity + 0.5));
        mask[at] = std::uint8_t(voxel.label);
        if (voxel.label) ++made.regions[std::size_t(voxel.label - 1)].voxels;
      }
  made.image = Volume::from(grid, std::move(image));
  made.mask = Volume::from(grid, std::move(mask));
}

Geometry centred(std::array<std::int64_t, 3> size, std::array<double, 3> spacing_mm) {
  Geometry grid{size, spacing_mm, {}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  for (std::size_t axis = 0; axis < 3; ++axis) grid.origin_mm[axis] = -0.5 * spacing_mm[axis] * double(size[axis] - 1);
  return grid;
}

ExampleCase chest(int number) {
  constexpr std::array<std::array<std::int64_t, 3>, 3> sizes{{{128, 112, 32}, {144, 128, 28}, {160, 128, 36}}};
  constexpr std::array<Lesion, 3> tumours{{{{0.40, -0.08, 0.05}, {0.20, 0.23, 0.34}},
      {{-0.45, 0.05, -0.10}, {0.15, 0.17, 0.30}}, {{0.44, 0.10, 0.15}, {0.24, 0.28, 0.42}}}};
  ExampleCase made{
      fmt::format("ct-{}", number + 1), "CT", {}, {}, {{1, "lungs", 0}, {2, "tumour", 0}, {3, "necrotic core", 0}}};
  const auto k = std::size_t(number);
  paint<std::int16_t>(made, centred(sizes[k], {0.8, 0.8, 3}), Chest(1000 + 10 * k, tumours[k]));
  return made;
}

ExampleCase head(int number) {
  constexpr std::array<std::array<std::int64_t, 3>, 3> sizes{{{128, 144, 32}, {112, 128, 40}, {96, 112, 40}}};
  constexpr std::array<std::array<double, 3>, 3> spacings{{{0.9, 0.9, 3}, {1, 1, 2.5}, {1.25, 1.25, 2.5}}};
  constexpr std::array<Lesion, 3> lesions{{{{0.36, -0.25, 0.10}, {0.27, 0.25, 0.45}},
      {{-0.34, 0.28, 0.20}, {0.30, 0.26, 0.40}}, {{0.30, 0.30, -0.05}, {0.22, 0.24, 0.38}}}};
  ExampleCase made{
      fmt::format("mr-{}", number + 1), "MR", {}, {}, {{1, "brain", 0}, {2, "oedema", 0}, {3, "lesion", 0}}};
  const auto k = std::size_t(number);
  Geometry grid = centred(sizes[k], spacings[k]);
  if (number == 1) grid.direction = {1, 0, 0, 0, 0.96, -0.28, 0, 0.28, 0.96};  // an oblique scan
  if (number == 2) paint<float>(made, grid, Head(2000 + 10 * k, lesions[k], 0.75));
  else paint<std::uint16_t>(made, grid, Head(2000 + 10 * k, lesions[k], number == 0 ? 1 : 1.5));
  return made;
}

}  // namespace

ExampleCase make_example(int number) {
  if (number < 0 || number >= example_cases)
    throw Error(
        ErrorCode::usage, fmt::format("there is no example {}; they count from 0 to {}", number, example_cases - 1));
  return number < 3 ? chest(number) : head(number - 3);
}

void write_example_cohort(const std::filesystem::path& folder, std::stop_token stop) {
  make_folder(folder);
  std::string manifest = "ID,Image,Mask,Modality\n", labels = "case,label,name,voxels\n";
  for (int number = 0; number < example_cases; ++number) {
    if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
    const ExampleCase made = make_example(number);
    const std::string image = made.id + "_image.nii.gz", mask = made.id + "_mask.nii.gz";
    write_volume(folder / image, made.image);
    write_volume(folder / mask, made.mask);
    manifest += fmt::format("{},{},{},{}\n", made.id, image, mask, made.modality);
    for (const auto& region : made.regions)
      labels += fmt::format("{},{},{},{}\n", made.id, region.label, csv_field(region.name), region.voxels);
  }
  write_whole(folder / "labels.csv", labels);
  write_whole(folder / "manifest.csv", manifest);
}

}  // namespace radloom::cohort
