#include <gtest/gtest.h>

#include <set>

#include "cohort/batch.hpp"

namespace radloom::cohort {
namespace {

TEST(Shard, ReadsPartsOfAWhole) {
  const Shard shard = Shard::parse("2/8");
  EXPECT_EQ(shard.index, 2);
  EXPECT_EQ(shard.count, 8);
  for (const char* text : {"", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1/ 2", "99999999999/3"})
    EXPECT_THROW(Shard::parse(text), Error) << text;
}

TEST(Shard, PartsAreDisjointAndWhole) {
  Manifest manifest;
  manifest.rows.resize(23);
  for (const int count : {1, 2, 5, 23, 40}) {
    std::set<const ManifestRow*> seen;
    for (int index = 1; index <= count; ++index)
      for (const auto* row : rows_of(manifest, {index, count})) EXPECT_TRUE(seen.insert(row).second);
    EXPECT_EQ(seen.size(), 23u) << count;
  }
}

}  // namespace
}  // namespace radloom::cohort
