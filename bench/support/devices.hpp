#pragma once
// What benchmarks run on: the cpu, and every GPU that can be used, so that both are measured in one run.
#include <string>
#include <vector>

#include "radloom/engine.hpp"

namespace radloom::bench {

inline std::vector<std::string> devices() {
  std::vector<std::string> names;
  for (const auto& device : radloom::devices())
    if (device.usable) names.push_back(device.name);
  return names;
}

}  // namespace radloom::bench
