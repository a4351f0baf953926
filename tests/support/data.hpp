#pragma once
// Where the reference data lies, and how a test says that it is not there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "radloom/engine.hpp"

namespace radloom::test {

/// RADLOOM_TEST_DATA, else ../shared/data beside the project.
inline std::filesystem::path data_root() {
  const char* named = std::getenv("RADLOOM_TEST_DATA");
  return named && *named ? named : RADLOOM_DEFAULT_TEST_DATA;
}

/// Where the figures lie that stand beside the tests: RADLOOM_TEST_FIGURES, else the folder tests of the source.
inline std::filesystem::path figures_root() {
  const char* named = std::getenv("RADLOOM_TEST_FIGURES");
  return named && *named ? named : RADLOOM_DEFAULT_TEST_FIGURES;
}

/// A case of the reference data.
inline CaseInput case_of(
    const std::string& name, const std::filesystem::path& image, const std::filesystem::path& mask) {
  CaseInput input;
  input.case_id = name;
  input.image = data_root() / image;
  input.mask = data_root() / mask;
  return input;
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
