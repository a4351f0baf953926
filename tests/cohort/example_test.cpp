#include "cohort/example.hpp"

#include <gtest/gtest.h>

#include <map>

namespace radloom::cohort {
namespace {

/// CRC-32 of ISO 3309, as zlib.crc32 gives it.
std::uint32_t crc32(const Volume& volume) {
  std::uint32_t crc = 0xFFFFFFFF;
  volume.visit([&](auto voxels) {
    for (const std::byte byte : std::as_bytes(voxels)) {
      crc ^= std::uint32_t(byte);
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320 : 0);
    }
  });
  return ~crc;
}

// Every build makes the same voxels. The sums are Python's zlib.crc32 of the voxels in the NIfTI files of the first release.
TEST(Example, SameVoxelsEverywhere) {
  const std::pair<std::uint32_t, std::uint32_t> sums[example_cases] = {{0x193b16cb, 0x0c403ee8},
      {0xd8fdc5de, 0x5d4eef31}, {0xcd43606f, 0xfd7493ec}, {0x8e728f17, 0x13134f4e}, {0xafd1440b, 0x327137e9},
      {0x5d237674, 0x28201224}};
  for (int number = 0; number < example_cases; ++number) {
    const ExampleCase made = make_example(number);
    EXPECT_EQ(crc32(made.image), sums[number].first) << made.id << std::hex << " 0x" << crc32(made.image);
    EXPECT_EQ(crc32(made.mask), sums[number].second) << made.id << std::hex << " 0x" << crc32(made.mask);
  }
}

TEST(Example, RegionsAreWhatTheyAreSaidToBe) {
  const std::vector<std::string> chest{"lungs", "tumour", "necrotic core"}, head{"brain", "oedema", "lesion"};
  for (int number = 0; number < example_cases; ++number) {
    const ExampleCase made = make_example(number);
    std::map<int, std::int64_t> counted;
    for (const auto label : made.mask.as<std::uint8_t>()) ++counted[label];
    ASSERT_EQ(made.regions.size(), 3u);
    EXPECT_EQ(counted.size(), 4u);
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_EQ(made.regions[k].label, int(k) + 1);
      EXPECT_EQ(made.regions[k].name, (made.modality == "CT" ? chest : head)[k]);
      EXPECT_EQ(made.regions[k].voxels, counted[int(k) + 1]) << made.id;
      EXPECT_GE(made.regions[k].voxels, 200) << made.id;
    }
    EXPECT_EQ(made.image.geometry().size, made.mask.geometry().size);
    const auto& size = made.image.geometry().size;
    for (const auto n : {size[0], size[1]}) EXPECT_TRUE(n >= 96 && n <= 160) << made.id;
    EXPECT_TRUE(size[2] >= 24 && size[2] <= 40) << made.id;
  }
}

// Tissues have the intensities that their names promise (HU in CT), and oedema differs from lesion in MR.
TEST(Example, TissuesDiffer) {
  for (int number = 0; number < example_cases; ++number) {
    const ExampleCase made = make_example(number);
    double sum[4] = {}, count[4] = {};
    const auto labels = made.mask.as<std::uint8_t>();
    made.image.visit([&](auto voxels) {
      for (std::size_t i = 0; i < voxels.size(); ++i) {
        sum[labels[i]] += double(voxels[i]);
        count[labels[i]] += 1;
      }
    });
    const double first = sum[1] / count[1], second = sum[2] / count[2], third = sum[3] / count[3];
    if (made.modality == "CT") {
      EXPECT_TRUE(first > -900 && first < -700) << first;
      EXPECT_TRUE(second > 20 && second < 60) << second;
      EXPECT_TRUE(third > -5 && third < 20) << third;
    } else {
      EXPECT_LT(second, first);
      EXPECT_GT(third, first);
    }
  }
}

TEST(Example, RefusesANumberThatIsNone) {
  EXPECT_THROW(make_example(-1), Error);
  EXPECT_THROW(make_example(example_cases), Error);
}

}  // namespace
}  // namespace radloom::cohort
