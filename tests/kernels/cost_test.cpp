// What each body costs: the integers that the READMEs of kernels/ derive by hand against what the emulated device counts.
//
// A table of costs has a header whose cells but the first say "s = N" (a full box of side N, 8 levels, no voxel like its neighbours) or "levels = N";
// its rows begin with a body and a counter: "`CountRuns` global reads: why so many".
//
// What tools/kernel-model makes times of, bench/kernels/costs.txt, is held against the same launches, at the size that it names.
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "kernels/convolve/stage.hpp"
#include "kernels/firstorder/stage.hpp"
#include "kernels/fourier/stage.hpp"
#include "kernels/glcm/stage.hpp"
#include "kernels/gldm/stage.hpp"
#include "kernels/gldzm/stage.hpp"
#include "kernels/glrlm/stage.hpp"
#include "kernels/glszm/stage.hpp"
#include "kernels/gradient/stage.hpp"
#include "kernels/ih/stage.hpp"
#include "kernels/image_case.hpp"
#include "kernels/ivh/stage.hpp"
#include "kernels/loc_int/stage.hpp"
#include "kernels/log/stage.hpp"
#include "kernels/maps/stage.hpp"
#include "kernels/pointwise/stage.hpp"
#include "kernels/preprocess/copy_box.hpp"
#include "kernels/preprocess/discretise.hpp"
#include "kernels/preprocess/intensity_range.hpp"
#include "kernels/shape/stage.hpp"
#include "kernels/size_matrix_case.hpp"
#include "kernels/wavelet/stage.hpp"
#include "maps/measure.hpp"
#include "support/data.hpp"

namespace radloom::test::kernel_costs {
namespace {

using Device = simt::Device;
using Launches = std::vector<simt::LaunchRecord>;

struct Row {
  std::string body, counter;
  std::vector<std::uint64_t> expected;
};
struct CostTable {
  std::vector<int> sizes;
  std::vector<Row> rows;
};

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line.substr(1));
  for (std::string cell; std::getline(in, cell, '|');) {
    const auto first = cell.find_first_not_of(' '), last = cell.find_last_not_of(' ');
    out.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
  }
  return out;
}

/// The tables of costs of a room.
std::vector<CostTable> tables_of(const std::string& room) {
  const auto path = figures_root().parent_path() / "kernels" / room / "README.md";
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  std::vector<CostTable> out;
  const std::regex size(R"((?:s|levels) = (\d+))"), row(R"(`(\w+)` ([a-z ]+)(?::.*)?)");
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] != '|') {
      inside = false;
      continue;
    }
    const auto cells = cells_of(line);
    std::smatch m;
    if (cells.size() > 1 && std::regex_match(cells[1], m, size)) {
      inside = true;
      out.emplace_back();
      for (std::size_t c = 1; c < cells.size(); ++c) {
        EXPECT_TRUE(std::regex_match(cells[c], m, size)) << line;
        out.back().sizes.push_back(std::stoi(m[1]));
      }
    } else if (inside && cells[0].find("---") == std::string::npos) {
      if (!std::regex_match(cells[0], m, row)) {
        ADD_FAILURE() << room << ": not a body and a counter: " << line;
        continue;
      }
      Row r{m[1], m[2], {}};
      for (std::size_t c = 1; c < cells.size(); ++c) {
        std::string digits = cells[c];
        std::erase(digits, ',');
        r.expected.push_back(std::stoull(digits));
      }
      EXPECT_EQ(r.expected.size(), out.back().sizes.size()) << line;
      out.back().rows.push_back(r);
    }
  }
  return out;
}

/// What bench/kernels/costs.txt says of a body.
struct ModelRow {
  std::string checked_at;  ///< "s = N" or "levels = N"; "-": nowhere
  std::string unit;
  double memory = 0, accesses = 0;  ///< bytes and number of a unit
};

/// The rows of a room, by body.
std::map<std::string, ModelRow> model_of(const std::string& room) {
  const auto path = figures_root().parent_path() / "bench/kernels/costs.txt";
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  std::map<std::string, ModelRow> out;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(room + "::")) continue;
    const auto cells = cells_of("|" + line);
    EXPECT_EQ(cells.size(), 7u) << line;
    out[cells[0].substr(room.size() + 2)] = {cells[1], cells[2], std::stod(cells[3]), std::stod(cells[4])};
  }
  return out;
}

/// How many of a row's units the case of a table's column has.
double units(const ModelRow& row, double size) {
  const std::map<std::string, double> of_levels{{"pair of levels", size * size}, {"region", 1}},
      of_side{{"voxel", size * size * size}, {"box voxel", size * size * size}, {"region", 1},
          {"neighbourhood", size * size * size}};
  const auto& all = row.checked_at.starts_with("levels") ? of_levels : of_side;
  const auto found = all.find(row.unit);
  if (found == all.end()) ADD_FAILURE() << "no such unit: " << row.unit;
  return found == all.end() ? 1 : found->second;
}

/// Compares what the model takes of the bodies in a table of costs, to the digit after the point that it gives.
void check_model(const std::string& room, const std::map<std::string, ModelRow>& model, const CostTable& table,
    const std::map<std::string, simt::Counters>& counted) {
  std::set<std::string> bodies;
  for (const auto& row : table.rows) bodies.insert(row.body);
  for (const auto& body : bodies) {
    const std::string name = room + "::" + body;
    const auto found = model.find(body);
    if (found == model.end()) {
      ADD_FAILURE() << "bench/kernels/costs.txt has no row of " << name;
      continue;
    }
    const ModelRow& row = found->second;
    EXPECT_TRUE(row.checked_at.ends_with(" = " + std::to_string(table.sizes.back()))) << name << ": " << row.checked_at;
    const simt::Counters& c = counted.at(body);
    const double n = units(row, table.sizes.back());
    EXPECT_NEAR(row.memory, double(c.global_bytes_touched) / n, 0.0501) << name << ": bytes of memory";
    EXPECT_NEAR(row.accesses, double(c.accesses() + 32 * (c.shuffles + c.ballots)) / n, 0.0501) << name << ": accesses";
  }
}

std::uint64_t counter(const simt::Counters& c, const std::string& name) {
  const std::map<std::string, std::uint64_t> all{{"blocks", c.blocks}, {"global reads", c.global_reads},
      {"global writes", c.global_writes}, {"global atomics", c.global_atomics}, {"bytes read", c.global_bytes_read},
      {"bytes written", c.global_bytes_written}, {"shared reads", c.shared_reads}, {"shared writes", c.shared_writes},
      {"shared atomics", c.shared_atomics}, {"shared accesses", c.shared_reads + c.shared_writes + c.shared_atomics},
      {"block barriers", c.block_barriers}, {"shuffles", c.shuffles}, {"ballots", c.ballots}};
  const auto found = all.find(name);
  if (found == all.end()) ADD_FAILURE() << "no such counter: " << name;
  return found == all.end() ? 0 : found->second;
}

/// "radloom::firstorder::SumTile<...>": SumTile.
std::string body_of(const std::string& name) {
  const std::string whole = name.substr(0, name.find('<'));
  return whole.substr(whole.rfind(':') + 1);
}

/// Compares every row of a room's tables with what `run(size)` launches.
void check(const std::string& room, const std::function<Launches(int)>& run) {
  const auto tables = tables_of(room);
  const auto model = model_of(room);
  ASSERT_FALSE(tables.empty()) << "kernels/" << room << "/README.md has no table of costs";
  std::set<std::string> listed;
  for (const auto& table : tables)
    for (const auto& row : table.rows) listed.insert(row.body);
  for (const auto& [body, row] : model)
    EXPECT_TRUE(row.checked_at == "-" || listed.count(body))
        << "bench/kernels/costs.txt: " << room << "::" << body << " is in no table of costs";
  for (const auto& table : tables) {
    ASSERT_FALSE(table.rows.empty());
    EXPECT_GE(table.sizes.size(), 3u);
    for (std::size_t s = 0; s < table.sizes.size(); ++s) {
      std::map<std::string, simt::Counters> counted;
      for (const auto& launch : run(table.sizes[s])) counted[body_of(launch.body)] += launch.counters;
      for (const auto& row : table.rows) {
        ASSERT_TRUE(counted.count(row.body)) << "kernels/" << room << " launches no " << row.body;
        EXPECT_EQ(counter(counted[row.body], row.counter), row.expected[s])
            << row.body << ": " << row.counter << ", size " << table.sizes[s];
      }
      if (s + 1 == table.sizes.size()) check_model(room, model, table, counted);
      if (std::getenv("RADLOOM_PRINT_COSTS"))
        for (const auto& [body, c] : counted)
          for (const char* name : {"blocks", "global reads", "global writes", "global atomics", "bytes read",
                   "bytes written", "shared reads", "shared writes", "shared atomics", "shuffles", "ballots"})
            std::printf("%s %d %s %s %llu\n", room.c_str(), table.sizes[s], body.c_str(), name,
                static_cast<unsigned long long>(counter(c, name)));
    }
  }
}

/// A full box of 8 levels where no voxel is like one of its 26 neighbours.
SmallRegion lattice(int s) {
  return {drawn_levels({s, s, s}, [](int x, int y, int z) { return 1 + x % 2 + 2 * (y % 2) + 4 * (z % 2); })};
}

/// Waits for what is on the stream: staging goes back with its owner.
void wait(const StageInput<Device>& input) { input.device.synchronise(input.device.record(input.stream)); }

/// What `stage(input)` launches for a region.
template <class Stage>
Launches launched(const SmallRegion& region, const backend::Wanted& wanted, const Stage& stage) {
  Device device;
  {
    const StageCase<Device> batch(device, {region}, {}, Convention::ibsi, wanted);
    const auto input = batch.input();
    stage(input);
  }
  device.finish();
  return device.launches();
}

TEST(Costs, preprocess) {
  check("preprocess", [](int s) {
    return launched(lattice(s), wanting(Family::glcm), [](const StageInput<Device>& input) {
      auto& device = input.device;
      const std::int64_t tiles = input.box_tiles.size;
      backend::Buffer<std::uint64_t, Device> extremes(device, 0, 2), histogram(device, 0, input.histogram.size);
      backend::Buffer<std::uint16_t, Device> levels(device, 0, input.levels.size);
      extremes.zero();
      histogram.zero();
      levels.zero();
      device.launch(preprocess::IntensityRange{input.box, input.box_tiles, input.images, input.masks, extremes},
          {tiles, 256, 0}, 0);
      Settings settings;
      settings.bin_width = 1;
      const Table<GrayLevels, Device> rule(device, 0, {GrayLevels(1, 8, settings, Convention::ibsi, false)});
      device.launch(preprocess::Discretise{input.box, input.region, rule.span(), input.box_tiles, input.images,
                        input.masks, levels, histogram, 64},
          {tiles, 256, 256}, 0);

      const BoxRegion& box = input.boxes[0];
      const preprocess::BoxToCopy copy{input.images, {box.size[0], box.size[1], box.size[2]}, {0, 0, 0}, 0};
      std::vector<preprocess::CopyTile> copy_tiles;
      for (std::int64_t first = 0; first < box.voxels(); first += preprocess::CopyBox::voxels)
        copy_tiles.push_back({0, first});
      const Table<preprocess::BoxToCopy, Device> copies(device, 0, {copy});
      const Table<preprocess::CopyTile, Device> copy_table(device, 0, copy_tiles);
      backend::Buffer<std::uint8_t, Device> images(device, 0, input.images.size);
      device.launch(
          preprocess::CopyBox{input.box, copies.span(), copy_table.span(), images}, {copy_table.size(), 256, 0}, 0);
      wait(input);
    });
  });
}

TEST(Costs, firstorder) {
  check("firstorder", [](int s) {
    return launched(lattice(s), wanting(Family::firstorder), [](const StageInput<Device>& input) {
      const FeatureRoom<Device> room(input, feature::firstorder::count);
      const firstorder::Order<Device> order(input);
      const firstorder::Stage<Device> stage(input, order.selection(), {room.span(), {}});
      wait(input);
    });
  });
}

TEST(Costs, locInt) {
  check("loc_int", [](int s) {
    return launched(lattice(s), wanting(Family::loc_int), [](const StageInput<Device>& input) {
      const FeatureRoom<Device> room(input, feature::loc_int::count);
      backend::Buffer<std::uint64_t, Device> extremes(input.device, 0, 2);
      extremes.zero();
      loc_int::Around around;
      around.box = input.boxes[0];
      const loc_int::Stage<Device> stage(input, {around}, extremes, {room.span(), {}});
      wait(input);
    });
  });
}

TEST(Costs, ih) {
  check("ih", [](int levels) {  // one voxel of each, in a row
    return launched({drawn_levels({levels, 1, 1}, [](int x, int, int) { return x + 1; })}, wanting(Family::ih),
        [](const StageInput<Device>& input) {
          const FeatureRoom<Device> room(input, feature::ih::count);
          const ih::Stage<Device> stage(input, {room.span(), {}});
          wait(input);
        });
  });
}

TEST(Costs, ivh) {
  check("ivh", [](int s) {
    return launched(lattice(s), wanting(Family::firstorder), [](const StageInput<Device>& input) {
      const FeatureRoom<Device> room(input, feature::ivh::count);
      const firstorder::Order<Device> order(input);
      const ivh::Stage<Device> stage(input, {}, order.selection(), {room.span(), {}});
      wait(input);
    });
  });
}

TEST(Costs, glcm) {
  check("glcm", [](int s) {
    return launched(lattice(s), wanting(Family::glcm, true, true), [](const StageInput<Device>& input) {
      const FeatureRoom<Device> mean(input, feature::glcm::count), merged(input, feature::glcm::count);
      backend::Buffer<std::uint64_t, Device> pairs(input.device, 0, 1);
      pairs.zero();
      const glcm::Stage<Device> stage(input, {mean.span(), merged.span()}, pairs);
      wait(input);
    });
  });
}

TEST(Costs, glrlm) {
  check("glrlm", [](int s) {
    return launched(lattice(s), wanting(Family::glrlm), [](const StageInput<Device>& input) {
      const FeatureRoom<Device> room(input, feature::glrlm::count);
      const glrlm::Stage<Device> stage(input, {room.span(), {}});
      wait(input);
    });
  });
}

TEST(Costs, glszm) {
  check("glszm", [](int s) {
    return launched(lattice(s), wanting(Family::glszm), [](const StageInput<Device>& input) {
      const FeatureRoom<Device> room(input, feature::glszm::count);
      const glszm::Stage<Device> stage(input, glszm::Forest<Device>(input), {room.span(), {}});
      wait(input);
    });
  });
}

TEST(Costs, gldzm) {
  check("gldzm", [](int s) {
    return launched(lattice(s), wanting(Family::gldzm), [](const StageInput<Device>& input) {
      const FeatureRoom<Device> room(input, feature::gldzm::count);
      const gldzm::Stage<Device> stage(input, glszm::Forest<Device>(input), {room.span(), {}});
      wait(input);
    });
  });
}

Launches neighbourhoods(const SmallRegion& region) {
  return launched(region, wanting(Family::gldm), [](const StageInput<Device>& input) {
    const FeatureRoom<Device> dependence(input, feature::gldm::count), difference(input, feature::ngtdm::count);
    const gldm::Stage<Device> stage(input, {dependence.span(), {}}, {difference.span(), {}});
    wait(input);
  });
}

TEST(Costs, gldm) {
  check("gldm", [](int s) { return neighbourhoods(lattice(s)); });
}

TEST(Costs, ngtdm) {
  check("ngtdm", [](int levels) {  // one voxel of each, in a row
    return neighbourhoods({drawn_levels({levels, 1, 1}, [](int x, int, int) { return x + 1; })});
  });
}

TEST(Costs, shape) {
  check("shape", [](int s) {
    auto wanted = wanting(Family::shape);
    wanted.further_shape = s <= 16;  // transforms of larger boxes take the emulator seconds
    return launched(lattice(s), wanted, [](const StageInput<Device>& input) {
      const FeatureRoom<Device> room(input, feature::shape::count);
      const shape::Stage<Device> stage(input, {room.span(), {}});
      wait(input);
    });
  });
}

// The voxels of a box in the middle of a lattice: every neighbourhood is whole.
TEST(Costs, maps) {
  check("maps", [](int s) {
    Device device;
    {
      const SmallRegion lattice_around = lattice(s + 2);
      std::vector<std::uint8_t> middle(lattice_around.grid.level.size());
      for (int z = 1; z <= s; ++z)
        for (int y = 1; y <= s; ++y)
          for (int x = 1; x <= s; ++x) middle[std::size_t((z * (s + 2) + y) * (s + 2) + x)] = 1;
      const Config config = parse_config(
          "convention: pyradiomics\nsettings: {bin_width: 1, masked_kernel: false}\n"
          "families: {firstorder: , glcm: , glrlm: , glszm: , gldm: , ngtdm: }\n",
          "costs");
      const auto all = columns(config);
      maps::measure(lattice_around.image, Volume::from(lattice_around.image.geometry(), std::move(middle)),
          {&config.settings, config.convention, all}, {[](std::size_t, std::span<const double>) {}, {}}, {},
          [&](const maps::Task& task, std::span<double> averaged, std::span<double> merged) {
            maps::Stage<Device>(device, 0, task).measure(std::int64_t(features(task.family).size()), averaged, merged);
            return true;
          });
    }
    device.finish();
    return device.launches();
  });
}

/// What `filter(device, whole image of 16 bits)` launches.
template <class Filter>
Launches filtered(int s, const Filter& filter) {
  Device device;
  {
    SentImages images(device);
    const ImageOnDevice image = images.send(filters::whole_block(lattice(s).image));
    const auto stage = filter(device, image);
    device.synchronise(device.record(0));
  }
  device.finish();
  return device.launches();
}

TEST(Costs, wavelet) {
  check("wavelet", [](int s) {
    return filtered(s, [](Device& device, const ImageOnDevice& image) {
      return wavelet::Stage<double, Device>(
          device, 0, {{image, Box{{}, image.size}, {.wavelet = "coif1"}, {0, 1, 2, 3, 4, 5, 6, 7}}});
    });
  });
}

TEST(Costs, log) {
  check("log", [](int s) {
    return filtered(s, [](Device& device, const ImageOnDevice& image) {
      return log::Stage<Device>(device, 0, {{image, Box{{}, image.size}, {3.0}}});
    });
  });
}

TEST(Costs, convolve) {
  const auto three = filters::centred({0.25, 0.5, 0.125});
  const filters::Kernels kernels{three, three, three};
  check("convolve", [&](int s) {
    return filtered(s, [&](Device& device, const ImageOnDevice& image) {
      return convolve::Stage<Device>(
          device, 0, {{image, Box{{}, image.size}, {{{{kernels}, {kernels}}, filters::Merge::max}}}});
    });
  });
}

TEST(Costs, pointwise) {
  check("pointwise", [](int s) {
    return filtered(s, [](Device& device, const ImageOnDevice& image) {
      return pointwise::Stage<Device>(device, 0, {{image, Box{{}, image.size}, pointwise::Map::square}});
    });
  });
}

TEST(Costs, fourier) {
  check("fourier", [](int s) {
    return filtered(s, [](Device& device, const ImageOnDevice& image) {
      fourier::Response response{};
      response.level = 1;
      return fourier::Stage<Device>(device, 0, {{image, Box{{}, image.size}, {true, true, true}, {response}}}, {});
    });
  });
}

TEST(Costs, gradient) {
  check("gradient", [](int s) {
    return filtered(s, [](Device& device, const ImageOnDevice& image) {
      return gradient::Stage<Device>(device, 0, {{image, Box{{}, image.size}, {0.5, 0.5, 0.5}}});
    });
  });
}

}  // namespace
}  // namespace radloom::test::kernel_costs
