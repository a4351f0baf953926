// Local intensity peaks on the emulated device against the cpu's, which tests/families hold against the definition.
#include "families/loc_int/features.hpp"
#include "kernels/intensity_case.hpp"
#include "kernels/loc_int/stage.hpp"
#include "kernels/preprocess/intensity_range.hpp"
#include "simt/device.hpp"

namespace radloom::test::loc_int_kernels {
namespace {

/// A region, and the one in whose image it lies; itself where that is all there is.
struct Placed {
  std::size_t region, around;
  std::array<std::int64_t, 3> place;
};

/// Features of every region, measured in one batch.
std::vector<std::vector<double>> on_device(
    const std::vector<SmallRegion>& regions, const std::vector<Placed>& places, unsigned seed) {
  simt::Device device({.seed = seed});
  std::vector<std::vector<double>> out;
  {
    backend::Wanted wanted;
    wanted.family[int(Family::loc_int)] = true;  // no gray levels
    StageCase batch(device, regions, {}, Convention::ibsi, wanted);
    const auto input = batch.input();
    backend::Buffer<std::uint64_t, simt::Device> extremes(device, input.stream, 2 * input.count());
    extremes.zero();
    device.launch(preprocess::IntensityRange{input.box, input.box_tiles, input.images, input.masks, extremes},
        {input.box_tiles.size, 256, 0}, input.stream);
    std::vector<loc_int::Around> around;
    for (const auto& p : places) {
      // As far as spheres reach is what a stage is given; more must not show.
      auto& a = around.emplace_back();
      a.box = input.boxes[p.around];
      for (int d = 0; d < 3; ++d) a.at[d] = std::int32_t(p.place[std::size_t(d)]);
    }
    FeatureRoom room(input, feature::loc_int::count);
    const loc_int::Stage<simt::Device> stage(input, around, extremes, {room.span(), {}});
    out = room.values();
  }
  device.finish();
  return out;
}

std::vector<double> on_cpu(const std::vector<SmallRegion>& regions, const Placed& p) {
  return loc_int::compute(regions[p.around].image, regions[p.region].mask(), p.place);
}

/// Means are made of the same sums in the same order.
void expect_same(const std::vector<double>& ours, const std::vector<double>& expected) {
  for (std::size_t f = 0; f < expected.size(); ++f)
    EXPECT_EQ(relative(ours[f], expected[f]), 0) << "feature " << f << ": " << ours[f] << ", not " << expected[f];
}

std::vector<Placed> by_themselves(const std::vector<SmallRegion>& regions) {
  std::vector<Placed> out;
  for (std::size_t r = 0; r < regions.size(); ++r) out.push_back({r, r, {}});
  return out;
}

struct Batch {
  std::vector<SmallRegion> regions;
  std::vector<Placed> places;
};

/// Small regions cut out of wide images, which are regions of the batch too; spheres end within the image and beyond.
Batch within_images(std::uint32_t seed) {
  Batch out;
  for (const auto& spacing : {std::array<double, 3>{2, 2, 2}, {1, 1.5, 3}, {7, 7, 7}, {0.977, 4, 2}}) {
    const auto grid = random_grid({20, 13, 9}, {1.1, 40, false}, ++seed);
    auto wide = typed<float>(grid, 0.37, -3, spacing);
    const std::array<std::int64_t, 3> place{seed % 15, 5, 3}, size{5, 4, 3};
    const auto shape = random_grid({5, 4, 3}, {0.6, 2, false}, ++seed);
    const auto values = wide.image.as<float>();
    std::vector<float> cut;
    for (std::int64_t z = 0; z < size[2]; ++z)
      for (std::int64_t y = 0; y < size[1]; ++y)
        for (std::int64_t x = 0; x < size[0]; ++x)
          cut.push_back(values[std::size_t(((z + place[2]) * 13 + y + place[1]) * 20 + x + place[0])]);
    Geometry g = volumes_of(shape, spacing).mask.geometry();
    const std::size_t at = out.regions.size();
    out.regions.emplace_back(shape, spacing, Volume::from(g, std::move(cut)));
    out.places.push_back({at, at + 1, place});
    out.regions.push_back(std::move(wide));
    out.places.push_back({at + 1, at + 1, {}});
  }
  return out;
}

TEST(LocalIntensityKernels, equalTheCpuOnRaggedBatches) {
  for (const unsigned seed : {1u, 2u}) {
    const auto regions = intensities(seed * 100);
    const auto places = by_themselves(regions);
    const auto values = on_device(regions, places, seed);
    for (std::size_t r = 0; r < regions.size(); ++r) {
      SCOPED_TRACE(testing::Message() << "region " << r);
      expect_same(values[r], on_cpu(regions, places[r]));
    }
  }
}

TEST(LocalIntensityKernels, lookAroundTheRegion) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    const auto batch = within_images(seed * 100);
    const auto values = on_device(batch.regions, batch.places, seed);
    for (std::size_t r = 0; r < batch.regions.size(); ++r) {
      SCOPED_TRACE(testing::Message() << "region " << r);
      expect_same(values[r], on_cpu(batch.regions, batch.places[r]));
    }
    EXPECT_NE(values[0], on_device({batch.regions[0]}, {{0, 0, {}}}, seed)[0]);  // what is around it counts
  }
}

TEST(LocalIntensityKernels, neitherCompanyNorOrderNorSeedShows) {
  auto regions = intensities(50);
  const auto together = on_device(regions, by_themselves(regions), 1);
  for (std::size_t r = 0; r < regions.size(); ++r)
    expect_same(on_device({regions[r]}, {{0, 0, {}}}, 9)[0], together[r]);
  std::reverse(regions.begin(), regions.end());
  auto backwards = on_device(regions, by_themselves(regions), 2);
  std::reverse(backwards.begin(), backwards.end());
  for (std::size_t r = 0; r < regions.size(); ++r) expect_same(backwards[r], together[r]);
}

/// A region without a voxel has no peak, and what is no number around a region reaches only the spheres that hold it.
TEST(LocalIntensityKernels, ofNothingAndOfNoNumbers) {
  oracle::Grid grid{{12, 1, 1}, std::vector<int>(12, 1)};
  grid.level[11] = 0;
  std::vector<double> values(12);
  for (int i = 0; i < 12; ++i) values[std::size_t(i)] = i;
  values[11] = NAN;
  Geometry g = volumes_of(grid).mask.geometry();
  const std::vector<SmallRegion> regions{SmallRegion(oracle::Grid{{4, 3, 2}, std::vector<int>(24, 0)}),
      SmallRegion(grid, {2, 2, 2}, Volume::from(g, std::move(values)))};
  const auto places = by_themselves(regions);
  const auto measured = on_device(regions, places, 4);
  for (const double v : measured[0]) EXPECT_TRUE(std::isnan(v));
  const double local = measured[1][feature::loc_int::local_intensity_peak],
               global = measured[1][feature::loc_int::global_intensity_peak];
  EXPECT_TRUE(std::isnan(local));  // its sphere holds what is no number
  EXPECT_EQ(global, 7);            // around voxel 7: 4 to 10
}

}  // namespace
}  // namespace radloom::test::loc_int_kernels
