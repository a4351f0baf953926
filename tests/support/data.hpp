#pragma once
// Where the reference data lies, and how a test says that it is not there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace radloom::test {

/// RADLOOM_TEST_DATA, else ../shared/data beside the project.
inline std::filesystem::path data_root() {
  const char* named = std::getenv("RADLOOM_TEST_DATA");
  return named && *named ? named : RADLOOM_DEFAULT_TEST_DATA;
}

/// The program under test.
inline std::filesystem::path program() { return RADLOOM_PROGRAM; }

}  // namespace radloom::test

/// Skips the test, naming what is missing, where the reference data lack `path`.
#define RADLOOM_NEEDS_DATA(path)                                                                   \
  do {                                                                                             \
    if (!std::filesystem::exists(radloom::test::data_root() / (path)))                             \
      GTEST_SKIP() << "reference data absent: " << (radloom::test::data_root() / (path)).string(); \
  } while (false)
