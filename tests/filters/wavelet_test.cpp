// The stationary wavelet transform against PyWavelets (generate.py), bit for bit, and blocks of it against the whole.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <numeric>

#include "filters/wavelet/coefficients.hpp"
#include "filters/wavelet/decompose.hpp"
#include "filters/wavelet/formulas.hpp"
#include "preprocess/crop.hpp"
#include "support/data.hpp"
#include "support/json.hpp"

namespace radloom::test {
namespace {

using wavelet::Band;

const Json& runs() {
  static const Json contents = read_json(figures_root() / "filters/wavelet.json").at("runs");
  return contents;
}

/// generate.py's volume: integers by a formula.
template <class T>
Volume volume(const std::array<std::int64_t, 3>& size, std::int64_t seed) {
  Geometry geometry;
  geometry.size = size;
  geometry.spacing_mm = {0.5, 0.75, 2};
  std::vector<T> values;
  for (std::int64_t z = 0; z < size[2]; ++z)
    for (std::int64_t y = 0; y < size[1]; ++y)
      for (std::int64_t x = 0; x < size[0]; ++x)
        values.push_back(
            T((x * 37 + y * 101 + z * 193 + seed * 29 + x * y * 7 + y * z * 11 + x * x * z * 3) % 1009 - 400));
  return Volume::from(geometry, std::move(values));
}

std::string fnv1a(const Volume& v) {
  const auto* bytes = static_cast<const unsigned char*>(v.data());
  std::uint64_t h = 14695981039346656037u;
  for (std::size_t i = 0; i < std::size_t(v.geometry().voxels()) * bytes_of(v.type()); ++i)
    h = (h ^ bytes[i]) * 1099511628211u;
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(h));
  return text;
}

bool same(const Volume& a, const Volume& b) {
  return a.type() == b.type() && a.geometry().size == b.geometry().size &&
         std::memcmp(a.data(), b.data(), std::size_t(a.geometry().voxels()) * bytes_of(a.type())) == 0;
}

/// The bands of a request in PyWavelets' order of letters: axes x, y, z as far as they are decomposed.
std::vector<std::pair<std::string, Band>> bands_of(const wavelet::Request& r) {
  std::vector<std::pair<std::string, Band>> all{{"", 0}};
  for (int d = 0; d < 3; ++d) {
    if (!r.axes[d]) continue;
    std::vector<std::pair<std::string, Band>> next;
    for (const auto& [name, band] : all) {
      next.emplace_back(name + "L", band);
      next.emplace_back(name + "H", band | 1u << d);
    }
    all = std::move(next);
  }
  return all;
}

class PyWavelets : public testing::TestWithParam<std::string> {};

TEST_P(PyWavelets, everyResponseIsEqualBitForBit) {
  std::size_t index = 0, compared = 0;
  for (const auto& run : runs()) {
    const auto seed = std::int64_t(index++);
    if (run.at("wavelet") != GetParam()) continue;
    SCOPED_TRACE("run " + std::to_string(seed) + " " + run.at("size").dump() + " " + run.at("type").dump());
    const auto size = run.at("size").get<std::array<std::int64_t, 3>>();
    const Volume image = run.at("type") == "float32" ? volume<float>(size, seed) : volume<double>(size, seed);
    wavelet::Request request{run.at("wavelet"), run.at("level"), !run.at("chain").get<bool>(), true, {}};
    for (const char axis : run.at("axes").get<std::string>()) request.axes[std::size_t(axis - 'x')] = true;
    const auto bands = bands_of(request);
    ASSERT_EQ(bands.size(), run.at("bands").size());
    std::vector<Band> wanted;
    for (const auto& band : bands) wanted.push_back(band.second);
    const auto found = wavelet::decompose(filters::whole_block(image), {{}, size}, request, wanted);
    for (std::size_t b = 0; b < bands.size(); ++b) {
      const auto& expected = run.at("bands").at(bands[b].first);
      const double first = std::strtod(expected.at("first").get<std::string>().c_str(), nullptr);
      const double ours = found[b].visit([](auto v) { return double(v[0]); });
      EXPECT_EQ(ours, first) << bands[b].first;
      EXPECT_EQ(fnv1a(found[b]), expected.at("digest").get<std::string>()) << bands[b].first;
      EXPECT_EQ(found[b].geometry().spacing_mm, image.geometry().spacing_mm);
      ++compared;
    }
  }
  EXPECT_GE(compared, 8u);
}

INSTANTIATE_TEST_SUITE_P(EveryWavelet, PyWavelets, testing::ValuesIn(wavelet::names()), [](const auto& instance) {
  std::string name = instance.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

TEST(Wavelet, namesAreThoseOfPyWavelets) {
  EXPECT_EQ(wavelet::names().size(), 106u);
  for (const auto& run : runs()) EXPECT_TRUE(wavelet::is_known(run.at("wavelet").get<std::string>()));
  for (const char* name : {"", "db39", "db0", "coif18", "gaus1", "rbio", "bior", "rbio9.9", "haar "})
    EXPECT_FALSE(wavelet::is_known(name)) << name;
}

/// The definition, one value at a time: the convolution along each axis in turn, whatever the order of summation.
TEST(Wavelet, definitionOfOneLevel) {
  const std::array<std::int64_t, 3> size{9, 6, 5};
  const Volume image = volume<std::int16_t>(size, 3);
  const auto filter = wavelet::filters_of<double>("db4");
  for (const bool even : {false, true}) {
    std::array<std::int64_t, 3> period = size;
    if (even)
      for (auto& p : period) p += p % 2;
    const auto in = image.as<std::int16_t>();
    const auto voxel = [&](std::array<std::int64_t, 3> at) {
      for (int d = 0; d < 3; ++d) {
        at[d] = ((at[d] % period[d]) + period[d]) % period[d];
        if (at[d] >= size[d]) at[d] -= size[d];
      }
      return double(in[std::size_t((at[2] * size[1] + at[1]) * size[0] + at[0])]);
    };
    const auto found =
        wavelet::decompose(filters::whole_block(image), {{}, size}, {"db4", 1, false, even, {true, true, true}}, {5});
    const auto ours = found[0].as<double>();
    for (std::int64_t z = 0, i = 0; z < size[2]; ++z)
      for (std::int64_t y = 0; y < size[1]; ++y)
        for (std::int64_t x = 0; x < size[0]; ++x, ++i) {
          double sum = 0;
          for (int a = 0; a < 8; ++a)
            for (int b = 0; b < 8; ++b)
              for (int c = 0; c < 8; ++c)
                sum += filter.high[a] * filter.low[b] * filter.high[c] * voxel({x + 4 - a, y + 4 - b, z + 4 - c});
          EXPECT_NEAR(ours[i], sum, 1e-10);
        }
  }
}

/// A box of a block is what the whole image gives there, bit for bit, at every border and with every band by itself.
TEST(Wavelet, blocksGiveWhatTheWholeGives) {
  const std::array<std::int64_t, 3> size{41, 23, 18};
  const Volume image = volume<std::int16_t>(size, 5);
  const std::vector<Band> all{0, 1, 2, 3, 4, 5, 6, 7};
  const std::vector<Box> boxes{{{0, 0, 0}, {1, 1, 1}}, {{40, 22, 17}, {1, 1, 1}}, {{13, 9, 8}, {5, 4, 3}},
      {{38, 0, 5}, {3, 23, 2}}, {{1, 20, 16}, {39, 3, 2}}, {{0, 0, 0}, {41, 23, 18}}, {{20, 11, 9}, {1, 1, 1}}};
  for (const bool dilated : {false, true})
    for (const bool even : {false, true})
      for (const int level : {1, 2, 3})
        for (const char* name : {"haar", "coif1", "db5"}) {
          const wavelet::Request request{name, level, dilated, even, {true, true, true}};
          const auto whole = wavelet::decompose(filters::whole_block(image), {{}, size}, request, all);
          for (const auto& box : boxes) {
            const Box reach = wavelet::needed(box, size, request);
            const filters::Block block{crop(image, reach), reach.first, size};
            const auto found = wavelet::decompose(block, box, request, all);
            for (const Band b : all) {
              EXPECT_TRUE(same(found[b], crop(whole[b], box))) << name << " level " << level << " band " << b;
              if (level == 1 && !dilated) {
                EXPECT_TRUE(same(wavelet::decompose(block, box, request, {b})[0], found[b]));
              }
            }
          }
        }
}

TEST(Wavelet, aBlockIsNoLargerThanNeeded) {
  const wavelet::Request coif1{"coif1", 1, false, true, {true, true, true}};
  EXPECT_EQ(wavelet::needed({{20, 20, 20}, {4, 5, 6}}, {64, 64, 64}, coif1), (Box{{18, 18, 18}, {9, 10, 11}}));
  // Over an end of an axis the filter goes on at the other.
  EXPECT_EQ(wavelet::needed({{1, 20, 60}, {4, 5, 3}}, {64, 64, 64}, coif1), (Box{{0, 18, 0}, {64, 10, 64}}));
  wavelet::Request flat = coif1;
  flat.axes[2] = false;
  EXPECT_EQ(wavelet::needed({{20, 20, 0}, {4, 5, 1}}, {64, 64, 9}, flat), (Box{{18, 18, 0}, {9, 10, 1}}));
  // A block that lacks a voxel is refused rather than read beside.
  const Volume image = volume<float>({16, 16, 16}, 0);
  const filters::Block small{crop(image, {{4, 4, 4}, {6, 6, 6}}), {4, 4, 4}, {16, 16, 16}};
  EXPECT_THROW(wavelet::decompose(small, {{5, 5, 5}, {4, 4, 4}}, coif1, {0}), Error);
}

TEST(Wavelet, refusesWhatCannotBe) {
  const Volume image = volume<float>({4, 4, 4}, 0);
  const auto refused = [&](const wavelet::Request& r, const Box& box, const std::vector<Band>& bands) {
    try {
      wavelet::decompose(filters::whole_block(image), box, r, bands);
    } catch (const Error& e) {
      return e.code();
    }
    return ErrorCode::internal;
  };
  const Box all{{}, {4, 4, 4}};
  EXPECT_EQ(refused({"gaus1", 1, false, true, {true, true, true}}, all, {0}), ErrorCode::config_invalid);
  EXPECT_EQ(refused({"haar", 0, false, true, {true, true, true}}, all, {0}), ErrorCode::usage);
  EXPECT_EQ(refused({"haar", 1, false, true, {true, true, true}}, all, {8}), ErrorCode::usage);
  EXPECT_EQ(refused({"haar", 1, false, true, {true, true, true}}, all, {1, 1}), ErrorCode::usage);
  EXPECT_EQ(refused({"haar", 1, false, true, {true, true, false}}, all, {4}), ErrorCode::usage);
  EXPECT_EQ(refused({"haar", 1, false, true, {true, true, true}}, {{1, 0, 0}, {4, 4, 4}}, {0}), ErrorCode::usage);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(wavelet::decompose(filters::whole_block(image), all, {}, {0}, stop.get_token()), Error);
}

/// Memory that is used again holds what was there before: nothing of it may be seen.
TEST(Wavelet, memoryThatIsUsedAgainChangesNothing) {
  const std::array<std::int64_t, 3> size{130, 128, 130};  // 8.25 MiB a sub-band: large enough to be kept
  Geometry grid;
  grid.size = size;
  std::vector<float> values(std::size_t(grid.voxels()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = float(i * 2654435761U % 1000);
  const Volume image = Volume::from(grid, std::move(values));
  const std::vector<Band> bands{0, 5, 7};
  const auto derive = [&](const std::shared_ptr<KeptMemory>& memory) {
    return wavelet::decompose(filters::whole_block(image), {{}, size}, {}, bands, {}, memory);
  };
  const auto expected = derive(nullptr);
  const auto memory = std::make_shared<KeptMemory>(std::size_t(20) << 20);
  for (int run = 0; run < 2; ++run) {
    const auto found = derive(memory);
    EXPECT_EQ(memory->kept_bytes(), 0u) << "all of it is in use";
    for (std::size_t b = 0; b < bands.size(); ++b) EXPECT_TRUE(same(found[b], expected[b]));
  }
#ifndef RADLOOM_SANITIZED
  EXPECT_EQ(memory->kept_bytes(), std::size_t(20) << 20) << "two sub-bands of 10 MiB in pages; a third is too much";
  EXPECT_EQ(memory->take(std::size_t(4) << 20).memory, nullptr) << "more than half would lie idle";
  const auto block = memory->take(std::size_t(9) << 20);
  EXPECT_EQ(block.bytes, std::size_t(10) << 20);
  EXPECT_EQ(memory->kept_bytes(), std::size_t(10) << 20);
  memory->give(block);
#endif
}

}  // namespace
}  // namespace radloom::test
