#include "cohort/file_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace radloom::cohort {
namespace {

TEST(FileNames, KeepsPlainNames) {
  FileNames names;
  for (const char* plain : {"patient-7", "a_b.c", "0001", "brain.T1"}) EXPECT_EQ(names.name_for(plain), plain);
}

TEST(FileNames, StaysInItsFolderAndNeverCollides) {
  FileNames names;
  std::set<std::string> lower;
  const std::string ids[] = {"..", ".", "../x", "/etc/passwd", "a/b", "a\\b", "a b", "A b", "a%20b", "a:b", "a\nb",
      std::string("a\0b", 3), "Müller", "~", "a~2", "A", "a", ".hidden", "con%", "-rf", std::string(300, 'x'),
      std::string(300, 'x') + "y", std::string(299, 'x'), std::string(100, '/')};
  for (const auto& id : ids) {
    std::string name = names.name_for(id);
    EXPECT_FALSE(name.empty());
    EXPECT_LT(name.size(), 200u);
    EXPECT_NE(name[0], '.') << id;
    for (const char c : name)
      EXPECT_TRUE(
          std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-_.%~").find(c) != std::string_view::npos)
          << name;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    EXPECT_TRUE(lower.insert(name).second) << id << " collides as " << name;
  }
}

}  // namespace
}  // namespace radloom::cohort
