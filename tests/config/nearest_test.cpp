#include "config/nearest.hpp"

#include <gtest/gtest.h>

namespace radloom::config {
namespace {

TEST(EditDistance, CountsEdits) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("abc", ""), 3);
  EXPECT_EQ(edit_distance("abc", "abc"), 0);
  EXPECT_EQ(edit_distance("abcd", "acbd"), 1) << "neighbours swapped are one edit";
  EXPECT_EQ(edit_distance("ca", "abc"), 3) << "optimal string alignment edits no letter twice";
}

TEST(EditDistance, IgnoresCaseAndUnderscores) { EXPECT_EQ(edit_distance("bin_width", "binWidth"), 0); }

TEST(DidYouMean, NamesTheNearestOrNothing) {
  const std::vector<std::string> words{"binWidth", "binCount", "label"};
  EXPECT_EQ(did_you_mean("binWdith", words), " (did you mean 'binWidth'?)");
  EXPECT_EQ(did_you_mean("lable", words), " (did you mean 'label'?)");
  EXPECT_EQ(did_you_mean("somethingElse", words), "");
  EXPECT_EQ(did_you_mean("x", {}), "");
}

}  // namespace
}  // namespace radloom::config
