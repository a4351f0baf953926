#pragma once
/// The backends a test runs on, by name: "cpu"; "simt", the device's pipeline and kernels on the emulated device; "cuda", the same on a
/// real one.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "backend/backend.hpp"
#include "radloom/engine.hpp"

namespace radloom::test {

#ifdef RADLOOM_SANITIZED
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

/// What suites that compare a device with the cpu run on. No sanitizer goes with CUDA, so there no test is made that could only be skipped.
inline std::vector<std::string> device_backends() {
  if (sanitized) return {"simt"};
  return {"simt", "cuda"};
}
/// What every suite on synthetic regions runs on.
inline std::vector<std::string> backends() {
  auto all = device_backends();
  all.insert(all.begin(), "cpu");
  return all;
}
/// What suites run on whose cases the emulated device is given elsewhere.
inline std::vector<std::string> native_backends() {
  if (sanitized) return {"cpu"};
  return {"cpu", "cuda"};
}
/// What suites of whole cases run on: the real ones, and those of the filters, which take as long. The emulated device takes them where nothing
/// else watches: under sanitizers, which slow it by another order, it is given small synthetic regions alone, and these tests are not made
/// for it.
inline std::vector<std::string> backends_of_whole_cases() { return sanitized ? native_backends() : backends(); }

/// Why this backend cannot be had here; empty where it can.
std::string absence(const std::string& name);

/// The backend of this name. Throws Error(device_unavailable).
std::shared_ptr<const backend::Backend> make_backend(const std::string& name, int threads);

inline EngineOptions options_of(const std::string& name, int threads) {
  return {name, threads, make_backend(name, threads)};
}

}  // namespace radloom::test

/// Skips the test, with the reason, where the backend cannot be had.
#define RADLOOM_NEEDS_BACKEND(name)                                                       \
  do {                                                                                    \
    if (const auto why = radloom::test::absence(name); !why.empty()) GTEST_SKIP() << why; \
  } while (false)

namespace radloom::test {

inline const std::string& backend_of(const std::string& parameter) { return parameter; }
template <class... More>
const std::string& backend_of(const std::tuple<std::string, More...>& parameter) {
  return std::get<0>(parameter);
}

/// A suite with a test for each backend, the parameter or its first part; skipped where that cannot be had.
template <class Parameter>
class OnBackend : public testing::TestWithParam<Parameter> {
 protected:
  void SetUp() override { RADLOOM_NEEDS_BACKEND(backend_of(this->GetParam())); }
};

}  // namespace radloom::test
