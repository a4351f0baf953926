// Every image type, in both conventions: blocks against the whole, backends against each other, and what an image is too small for.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <set>

#include "backend/backend.hpp"
#include "backend/cuda/derive.hpp"
#include "filters/common/field.hpp"
#include "filters/registry.hpp"
#include "preprocess/crop.hpp"
#include "radloom/filter.hpp"
#include "support/backends.hpp"

namespace radloom::test {
namespace {

Geometry grid_of_size(std::array<std::int64_t, 3> size) {
  return {size, {0.8, 1, 2.5}, {-3, 4, 5}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
}

template <class T>
Volume noise(std::array<std::int64_t, 3> size, std::uint32_t seed = 3) {
  const Geometry grid = grid_of_size(size);
  std::vector<T> values(std::size_t(grid.voxels()));
  for (auto& v : values) {
    seed = seed * 1664525 + 1013904223;
    v = T((seed >> 16) % 100);
  }
  return Volume::from(grid, std::move(values));
}

/// All image types that there are, with settings that use what they have.
Config every_image_type(Convention convention, const std::string& settings = "") {
  std::string types;
  for (const auto& row : image_types())
    if (row.name != "Original") types += std::string(row.name) + ": {}, ";
  ConfigRequest request;
  request.convention = convention;
  return parse_config(
      "families: [firstorder]\nimage_types: {" + types + "}\nsettings: {log_sigma_mm: [0.9, 2.0], wavelet_levels: 2, " +
          "gabor_theta_step_deg: 60, lbp3d_levels: 3, gabor_sigma_mm: 2, gabor_lambda_mm: 6" + settings + "}",
      "every", request);
}

bool same(const Volume& a, const Volume& b) {
  return a.type() == b.type() && a.geometry().size == b.geometry().size &&
         std::memcmp(a.data(), b.data(), std::size_t(a.geometry().voxels()) * bytes_of(a.type())) == 0;
}

/// The transforms of host and device round differently.
bool close(const Volume& a, const Volume& b) {
  if (a.type() != b.type() || a.geometry().size != b.geometry().size) return false;
  if (a.type() != ScalarType::float64) return same(a, b);  // undefined
  const auto x = a.as<double>(), y = b.as<double>();
  double largest = 0, worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) != std::isnan(y[i])) return false;
    largest = std::max(largest, std::abs(x[i]));
    worst = std::max(worst, std::abs(x[i] - y[i]));
  }
  return worst <= 1e-12 * largest;
}

class EveryImageType : public testing::TestWithParam<Convention> {};

TEST_P(EveryImageType, blocksGiveWhatTheWholeGives) {
  for (const char* more :
      {"", ", force_2d: true, laws_kernels: L5E5", ", filter_rotation_invariant: true, filter_pooling: max",
          ", force_2d: true, force_2d_dimension: 1, laws_kernels: L3W5, filter_boundary: periodic, riesz_order: [2, 0, 1]"}) {
    const Config config = every_image_type(GetParam(), more);
    for (const Volume& image : {noise<std::int16_t>({15, 13, 11}), noise<float>({14, 9, 12})}) {
      const auto& size = image.geometry().size;
      for (const auto& type : config.image_types) {
        const auto images = images_of(type, config.convention);
        const filters::Request request{type.settings, config.convention, images};
        const auto whole = filters::derive(type.name, request, filters::whole_block(image), {{}, size}, {});
        ASSERT_EQ(whole.size(), images.size());
        for (const Box& box :
            {Box{{0, 0, 0}, {4, 2, 3}}, Box{{5, 4, 6}, {3, 3, 1}}, Box{{size[0] - 2, size[1] - 3, 4}, {2, 3, 2}}}) {
          const Box needed = filters::needed(type.name, request, box, filters::grid_of(image.geometry()));
          const auto part = filters::derive(type.name, request, {crop(image, needed), needed.first, size}, box, {});
          for (std::size_t i = 0; i < images.size(); ++i) {
            EXPECT_TRUE(same(part[i], crop(whole[i], box))) << images[i].name << more;
            EXPECT_EQ(describe_mismatch(part[i].geometry(), crop(image.geometry(), box)), "") << images[i].name;
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Conventions, EveryImageType, testing::Values(Convention::pyradiomics, Convention::ibsi),
    [](const auto& instance) { return std::string(convention_name(instance.param)); });

/// A request for all images of an image type, in `box` of an image that is its own whole.
backend::Derivation filtered(const ImageTypeRequest& type, Convention convention, std::span<const DerivedImage> images,
    backend::ImageHandle source, const Box& box) {
  backend::Derivation d{backend::Derivation::Kind::filter, std::move(source), box};
  d.image_type = type.name;
  d.images = images;
  d.settings = &type.settings;
  d.convention = convention;
  d.whole = d.source->geometry().size;
  return d;
}

class ImageTypesOnDevice : public OnBackend<std::tuple<std::string, Convention>> {
 protected:
  Convention convention() const { return std::get<1>(GetParam()); }
  std::shared_ptr<const backend::Backend> host_ = make_backend("cpu", 1);
};

/// What has no kernels is derived on the host, wherever its source lies; either way a device gives what the host gives, bit for bit
/// where it makes no Fourier transform: of images of different types and boxes, in one call.
TEST_P(ImageTypesOnDevice, giveWhatTheHostGives) {
  const auto device = make_backend(backend_of(GetParam()), 1);
  const Config config = every_image_type(convention());
  const std::set<std::string, std::less<>> transformed{"Gabor", "Simoncelli", "Riesz"},
      with_kernels{
          "Wavelet", "LoG", "Square", "SquareRoot", "Gradient", "Mean", "Laws", "Gabor", "Simoncelli", "Riesz"};
  const Box boxes[]{{{2, 1, 3}, {5, 6, 4}}, {{0, 0, 0}, {12, 10, 9}}, {{11, 4, 0}, {1, 5, 9}}};
  const auto derived = [&](const backend::Backend& backend, const ImageTypeRequest& type, bool resampled) {
    const auto images = images_of(type, config.convention);
    std::vector<backend::Derivation> requests;
    for (const Volume& image : {noise<std::int16_t>({12, 10, 9}), noise<float>({13, 11, 10})}) {
      auto source = backend.upload(image);
      if (resampled) {  // lies on the device then
        backend::Derivation d{backend::Derivation::Kind::resample, source};
        d.grid = image.geometry();
        d.grid.origin_mm[0] += 0.3;
        d.interpolator = Interpolator::linear;
        source = backend.derive({&d, 1}, {})[0];
      }
      for (const Box& box : boxes) {
        requests.push_back(filtered(type, config.convention, images, source, box));
        EXPECT_EQ(backend::has_kernels(requests.back()), with_kernels.contains(type.name)) << type.name;
      }
    }
    std::vector<Volume> out;
    for (const auto& handle : backend.derive(requests, {})) out.push_back(backend.download(handle));
    EXPECT_EQ(out.size(), requests.size() * images.size());
    return out;
  };
  for (const auto& type : config.image_types)
    for (const bool resampled : {false, true}) {
      if (transformed.contains(type.name) && (convention() != Convention::ibsi || resampled)) continue;  // take long
      const auto here = derived(*host_, type, resampled), there = derived(*device, type, resampled);
      ASSERT_EQ(here.size(), there.size());
      for (std::size_t i = 0; i < here.size(); ++i) {
        EXPECT_TRUE(transformed.contains(type.name) ? close(here[i], there[i]) : same(here[i], there[i]))
            << type.name << " " << i;
        EXPECT_EQ(describe_mismatch(here[i].geometry(), there[i].geometry()), "") << type.name << " " << i;
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Devices, ImageTypesOnDevice,
    testing::Combine(testing::ValuesIn(device_backends()), testing::Values(Convention::pyradiomics, Convention::ibsi)),
    [](const auto& instance) {
      return std::get<0>(instance.param) + "_" + std::string(convention_name(std::get<1>(instance.param)));
    });

class WidthsOnDevice : public OnBackend<std::string> {};

/// A width that the image is too small for is left out, and those beside it are made.
TEST_P(WidthsOnDevice, leaveOutWhatAnImageIsTooSmallFor) {
  const auto host = make_backend("cpu", 1), device = make_backend(GetParam(), 1);
  const Config config = parse_config("imageType: {LoG: {sigma: [1.0, 30.0, 3.0]}}", "widths");
  const auto images = images_of(config.image_types[0], config.convention);
  const auto derived = [&](const backend::Backend& backend) {
    std::vector<backend::Derivation> requests;
    for (const Volume& image : {noise<std::int16_t>({12, 10, 9}), noise<std::int16_t>({12, 10, 3})})
      requests.push_back(
          filtered(config.image_types[0], config.convention, images, backend.upload(image), {{2, 1, 1}, {5, 6, 2}}));
    std::vector<Volume> out;
    for (const auto& handle : backend.derive(requests, {})) out.push_back(backend.download(handle));
    return out;
  };
  const auto here = derived(*host), there = derived(*device);
  ASSERT_EQ(there.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_TRUE(same(here[i], there[i])) << i;
    EXPECT_EQ(std::isnan(there[i].as<float>()[0]), i != 0 && i != 2) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Devices, WidthsOnDevice, testing::ValuesIn(device_backends()), [](const auto& instance) { return instance.param; });

/// Every image type of all configurations, in one call: of a box of each image.
std::vector<Volume> derived_in_one(
    const backend::Backend& backend, const std::vector<Config>& configs, const std::vector<Volume>& of) {
  std::vector<std::vector<DerivedImage>> images;  // the requests look at them
  for (const Config& config : configs)
    for (const auto& type : config.image_types) images.push_back(images_of(type, config.convention));
  std::vector<backend::Derivation> requests;
  for (const Volume& image : of) {
    const auto source = backend.upload(image);
    const Box box{{2, 1, 0}, {5, 6, image.geometry().size[2]}};
    auto wanted = images.begin();
    for (const Config& config : configs)
      for (const auto& type : config.image_types) {
        requests.push_back(filtered(type, config.convention, *wanted++, source, box));
        EXPECT_TRUE(backend::has_kernels(requests.back())) << type.name;
      }
  }
  std::vector<Volume> out;
  for (const auto& handle : backend.derive(requests, {})) out.push_back(backend.download(handle));
  return out;
}

class TransformedFiltersOnDevice : public OnBackend<std::string> {};

/// Of a LoG of several widths and of Simoncelli's levels, in space and in slices, in one call; a slice has only what runs inside of it.
TEST_P(TransformedFiltersOnDevice, giveWhatTheHostGives) {
  const auto host = make_backend("cpu", 1), device = make_backend(GetParam(), 1);
  std::vector<Config> configs;
  for (const char* settings : {"riesz_filter: LoG, log_sigma_mm: [1, 2], riesz_order: [1, 0, 1], filter_boundary: zero",
           "riesz_filter: LoG, log_sigma_mm: [1.5], riesz_order: [0, 2, 0], force_2d: true",
           "riesz_order: [1, 1, 0], force_2d: true, wavelet_levels: 2"})
    configs.push_back(
        parse_config(std::string("image_types: [Riesz, Simoncelli]\nsettings: {") + settings + "}", "transformed"));
  const std::vector<Volume> of{noise<std::int16_t>({12, 10, 7}), noise<float>({11, 10, 1})};
  const auto here = derived_in_one(*host, configs, of), there = derived_in_one(*device, configs, of);
  ASSERT_EQ(here.size(), there.size());
  std::size_t undefined = 0;
  for (std::size_t i = 0; i < here.size(); ++i) {
    EXPECT_TRUE(close(here[i], there[i])) << i;
    undefined += there[i].type() == ScalarType::float32;
  }
  EXPECT_EQ(undefined, 3u);  // of the slice, those in space: two widths and a level
}

INSTANTIATE_TEST_SUITE_P(Devices, TransformedFiltersOnDevice, testing::ValuesIn(device_backends()),
    [](const auto& instance) { return instance.param; });

class SeparableFiltersOnDevice : public OnBackend<std::string> {};

/// In every boundary, pooling and plane, of different settings in one call; a slice has only what runs inside of it.
TEST_P(SeparableFiltersOnDevice, giveWhatTheHostGives) {
  const auto host = make_backend("cpu", 1), device = make_backend(GetParam(), 1);
  std::vector<Config> configs;
  for (const char* settings :
      {"filter_boundary: zero, filter_rotation_invariant: true, filter_pooling: max",
          "filter_boundary: nearest, filter_rotation_invariant: true, filter_pooling: min, laws_energy_delta: null",
          "filter_boundary: periodic, filter_rotation_invariant: true, filter_pooling: mean, force_2d: true, laws_kernels: L5E3",
          "filter_boundary: mirror, force_2d: true, force_2d_dimension: 1, laws_kernels: W5S5"})
    configs.push_back(
        parse_config(std::string("image_types: [Mean, Laws, LoG]\nsettings: {log_sigma_mm: [1, 2], ") + settings + "}",
            "separable"));
  const std::vector<Volume> of{noise<std::int16_t>({12, 10, 9}), noise<float>({12, 10, 1})};
  const auto here = derived_in_one(*host, configs, of), there = derived_in_one(*device, configs, of);
  ASSERT_EQ(there.size(), 2u * 4 * 4);
  for (std::size_t i = 0; i < here.size(); ++i) EXPECT_TRUE(same(here[i], there[i])) << i;
  // The slice has none of those in three dimensions, nor in slices across y.
  for (std::size_t i = 0; i < here.size(); ++i)
    EXPECT_EQ(there[i].type() == ScalarType::float32, i >= 16 && (i - 16) / 4 != 2) << i;
}

INSTANTIATE_TEST_SUITE_P(Devices, SeparableFiltersOnDevice, testing::ValuesIn(device_backends()),
    [](const auto& instance) { return instance.param; });

std::map<std::string, DerivedVolume> derived(const Config& config, const Volume& image) {
  std::map<std::string, DerivedVolume> out;
  derive_images(config, {"cpu", 1, nullptr}, image, [&](DerivedVolume v) { out[v.name] = v; });
  return out;
}

TEST(ImageTypes, whatAnImageIsTooSmallForIsSaidAndUndefined) {
  const Volume slice = noise<std::int16_t>({12, 10, 1});
  for (const auto& [name, v] : derived(every_image_type(Convention::ibsi), slice)) {
    const bool three_dimensional = name.starts_with("wavelet") || name.starts_with("log_") ||
                                   name.starts_with("mean") || name.starts_with("laws") ||
                                   name.starts_with("simoncelli") || name.starts_with("riesz");
    EXPECT_EQ(v.problem.empty(), !three_dimensional) << name << ": " << v.problem;
    EXPECT_EQ(v.volume.empty(), three_dimensional) << name;
    if (three_dimensional) {
      EXPECT_NE(v.problem.find("one voxel along z"), std::string::npos) << v.problem;
    }
  }
  const Config two = every_image_type(Convention::ibsi, ", force_2d: true, laws_kernels: L5E5");
  for (const auto& [name, v] : derived(two, slice)) EXPECT_EQ(v.problem, "") << name;

  // PyRadiomics leaves out a width that is too large for the image, or any where an axis has fewer than four voxels.
  for (const auto& [size, sigma, problem] :
      {std::tuple<std::array<std::int64_t, 3>, std::string, std::string>{{9, 9, 3}, "1.0", "3 voxels along z"},
          {{9, 9, 4}, "1.0", ""}, {{9, 4, 9}, "3.0", ""}, {{9, 4, 9}, "3.1", "4 voxels along y"}}) {
    const Config config = parse_config("imageType: {LoG: {sigma: [" + sigma + "]}}", "small");
    const Volume image = noise<std::int16_t>(size);
    const auto made = derived(config, image);
    ASSERT_EQ(made.size(), 1u);
    EXPECT_EQ(made.begin()->second.problem.empty(), problem.empty()) << made.begin()->second.problem;
    EXPECT_NE(made.begin()->second.problem.find(problem), std::string::npos) << made.begin()->second.problem;
    const auto images = images_of(config.image_types[0], config.convention);
    const auto volumes = filters::derive("LoG", {config.image_types[0].settings, config.convention, images},
        filters::whole_block(image), {{}, size}, {});
    for (const float v : volumes.at(0).as<float>()) ASSERT_EQ(std::isnan(v), !problem.empty());
  }
}

/// The features of an image that cannot be had are null with the reason, and the others stay.
TEST(ImageTypes, featuresOfWhatCannotBeHadAreUndefined) {
  const Config config = parse_config(
      "imageType: {Square: {}, LoG: {sigma: [1.0, 30.0]}}\nfeatureClass: {firstorder: [Mean]}\n"
      "setting: {additionalInfo: false}",
      "some");
  const Volume image = noise<std::int16_t>({12, 10, 9});
  const Volume mask = Volume::from(image.geometry(), std::vector<std::uint8_t>(12 * 10 * 9, 1));
  const auto record = Engine(config, {"cpu", 1, nullptr}).extract(image, mask);
  ASSERT_EQ(record.status, Status::ok) << record.error.message;
  const auto& r = record.regions.at(0);
  ASSERT_EQ(r.values.size(), 3u);
  EXPECT_EQ(r.values[0].undefined, Undefined::none);
  EXPECT_EQ(r.values[1].undefined, Undefined::none);
  EXPECT_EQ(r.values[2].undefined, Undefined::not_finite);
  ASSERT_EQ(r.warnings.size(), 1u);
  EXPECT_NE(r.warnings[0].find("log-sigma-30-0-mm-3D: the image has 12 voxels along x"), std::string::npos)
      << r.warnings[0];
}

TEST(ImageTypes, whatIsComputedAllTheSameIsRemarkedOn) {
  const Volume image = noise<std::int16_t>({12, 10, 9});
  ConfigRequest ibsi;
  const auto warning = [&](const std::string& type, const std::string& settings) {
    const auto made =
        derived(parse_config("image_types: [" + type + "]\nsettings: {" + settings + "}", "remarks"), image);
    EXPECT_EQ(made.begin()->second.problem, "");
    return made.begin()->second.warning;
  };
  EXPECT_NE(warning("LoG", "log_sigma_mm: [0.5]").find("less than the spacing"), std::string::npos);
  EXPECT_NE(warning("LoG", "log_sigma_mm: [6]").find("filter_boundary decides"), std::string::npos);
  EXPECT_NE(warning("Mean", "mean_support: 11").find("has 11 voxels along y and the image 10"), std::string::npos);
  EXPECT_EQ(warning("Mean", "mean_support: 9"), "");
  EXPECT_NE(warning("Laws", "").find("15 voxels"), std::string::npos);
  EXPECT_EQ(warning("Laws", "laws_energy_delta: 4"), "");
  EXPECT_NE(warning("Gabor", "gabor_sigma_mm: 0.5, gabor_lambda_mm: 4").find("aliased"), std::string::npos);
  EXPECT_NE(warning("Gabor", "gabor_lambda_mm: 6").find("filter_boundary decides"), std::string::npos);
  EXPECT_NE(
      warning("Riesz", "riesz_filter: LoG, log_sigma_mm: [0.5]").find("less than the spacing"), std::string::npos);
  EXPECT_NE(
      warning("Riesz", "riesz_filter: LoG, log_sigma_mm: [6]").find("filter_boundary decides"), std::string::npos);
  EXPECT_EQ(warning("Riesz", ""), "");
}

/// Whatever lies beyond the border decides most then: every voxel is a number, and without contrast there is no response.
TEST(ImageTypes, filtersLargerThanTheImageGiveNumbers) {
  const std::array<std::int64_t, 3> size{3, 2, 4};
  const Volume image = noise<std::int16_t>(size);
  const Volume flat = Volume::from(image.geometry(), std::vector<std::int16_t>(24, 40));
  for (const char* boundary : {"zero", "nearest", "periodic", "mirror"})
    for (const char* pooling : {"max", "min", "mean"})
      for (const char* more : {"", ", force_2d: true, laws_kernels: L5E5"}) {
        const Config config =
            every_image_type(Convention::ibsi, std::string(", log_cutoff_sigmas: 6, mean_support: 15") +
                                                   ", filter_rotation_invariant: true, filter_boundary: " + boundary +
                                                   ", filter_pooling: " + pooling + more);
        for (const auto& [name, v] : derived(config, image)) {
          if (!v.problem.empty()) continue;  // levels too deep
          v.volume.visit([&, &name = name](const auto& values) {
            for (const auto value : values)
              ASSERT_TRUE(std::isfinite(double(value)) || name.starts_with("lbp")) << name << ", " << boundary << more;
          });
        }
        if (std::string(boundary) == "zero") continue;
        for (const auto& [name, v] : derived(config, flat)) {
          const bool mean = name.starts_with("mean");
          if (!v.problem.empty() || !(mean || name.starts_with("laws") || name.starts_with("wavelet_h"))) continue;
          v.volume.visit([&, &name = name](const auto& values) {
            for (const auto value : values)
              ASSERT_NEAR(double(value), mean ? 40 : 0, 1e-9) << name << ", " << boundary << ", " << pooling << more;
          });
        }
      }
}

TEST(ImageTypes, levelsTooDeepAreRefused) {
  const Volume image = noise<std::int16_t>({16, 10, 9});
  const auto wavelet =
      derived(parse_config("image_types: [Wavelet]\nsettings: {wavelet: haar, wavelet_levels: 5}", "deep"), image);
  EXPECT_EQ(wavelet.at("wavelet4_hhh").problem, "");
  EXPECT_NE(wavelet.at("wavelet5_hhh").problem.find("ask for fewer levels"), std::string::npos);
  const auto simoncelli =
      derived(parse_config("image_types: [Simoncelli]\nsettings: {wavelet_levels: 5}", "deep"), image);
  EXPECT_EQ(simoncelli.at("simoncelli_3").problem, "");
  EXPECT_NE(simoncelli.at("simoncelli_4").problem.find("lowest frequency"), std::string::npos);
  const auto riesz = derived(parse_config("image_types: [Riesz]\nsettings: {wavelet_levels: 5}", "deep"), image);
  EXPECT_EQ(riesz.at("riesz_100_simoncelli_3").problem, "");
  EXPECT_NE(riesz.at("riesz_100_simoncelli_4").problem.find("lowest frequency"), std::string::npos);
}

TEST(ImageTypes, whatNeedsARegionIsRefused) {
  const auto refused = [&](const std::string& text) -> std::string {
    try {
      derived(parse_config(text, "file"), noise<std::int16_t>({8, 8, 8}));
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_NE(refused("imageType: {Original: {}}").find("no image type beside Original"), std::string::npos);
  EXPECT_NE(
      refused("imageType: {Square: {}}\nsetting: {resampledPixelSpacing: [1, 1, 1]}").find("resampledPixelSpacing"),
      std::string::npos);
  EXPECT_NE(refused("imageType: {Square: {}}\nsetting: {preCrop: true}").find("preCrop"), std::string::npos);
  EXPECT_EQ(refused("imageType: {Square: {}}\nsetting: {normalize: true}"), "");
}

}  // namespace
}  // namespace radloom::test
