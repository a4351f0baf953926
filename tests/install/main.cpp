// Measures a volume in memory with the installed library. Usage: consumer VERSION, the version that must be installed.
#include <cmath>
#include <cstdint>
#include <iostream>
#include <vector>

#include "radloom/radloom.hpp"

int main(int argc, char** argv) {
  using namespace radloom;
  if (argc != 2 || version() != argv[1]) {
    std::cerr << "the installed library is of version " << version() << '\n';
    return 1;
  }
  const Geometry grid{.size = {8, 8, 8}, .spacing_mm = {1, 1, 2}};
  std::vector<std::int16_t> values(512);
  std::vector<std::uint8_t> region(512, 1);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::int16_t(i);  // the mean of 0 to 511 is 255.5

  const Engine engine(
      load_config({.file = {}, .preset = "pyradiomics", .convention = {}, .overrides = {}, .label = {}}), {"cpu", 1});
  const CaseRecord record = engine.extract(Volume::from(grid, values), Volume::from(grid, region));
  if (record.status != Status::ok || record.regions.size() != 1) {
    std::cerr << "the case failed: " << record.error.message << '\n';
    return 1;
  }
  for (std::size_t i = 0; i < engine.run().columns.size(); ++i) {
    if (engine.run().columns[i].name != "original_firstorder_Mean") continue;
    std::cout << version() << ", mean " << record.regions[0].values[i].value << '\n';
    return std::abs(record.regions[0].values[i].value - 255.5) < 1e-9 ? 0 : 1;
  }
  std::cerr << "no column original_firstorder_Mean\n";
  return 1;
}
