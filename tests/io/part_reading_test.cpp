// A box of a volume, read without keeping the others: held to the whole volume, in whatever pieces its bytes come and whenever it is known
// which box that is.
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <thread>

#include "io/files.hpp"
#include "io/itk.hpp"
#include "io/stored_volume.hpp"
#include "preprocess/crop.hpp"

namespace radloom::test {
namespace {

Geometry grid_of(const std::array<std::int64_t, 3>& size) {
  Geometry grid;
  grid.size = size;
  grid.spacing_mm = {0.5, 0.75, 3};
  grid.origin_mm = {-10, 20, 30};
  return grid;
}

template <class T>
std::vector<T> noise(const Geometry& grid, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<T> values;
  for (std::int64_t i = 0; i < grid.voxels(); ++i) values.push_back(T(random() >> 16));  // every bit of it, signs too
  return values;
}

Box random_box(const std::array<std::int64_t, 3>& size, std::mt19937& random) {
  Box box;
  for (int d = 0; d < 3; ++d) {
    box.first[d] = random() % size[d];
    box.size[d] = 1 + random() % (size[d] - box.first[d]);
  }
  return box;
}

template <class T>
void expect_part(const io::KeptPart& kept, const Volume& whole, const Box& box, const std::string& what) {
  EXPECT_EQ(kept.box, box) << what;
  EXPECT_EQ(kept.volume.geometry().size, box.size) << what;
  EXPECT_EQ(kept.volume.geometry().origin_mm, crop(whole.geometry(), box).origin_mm) << what;
  EXPECT_TRUE(values_of<T>(kept.volume) == values_of<T>(crop(whole, box))) << what;
}

/// Mean and extremes, added up in a long double.
template <class T>
void expect_summary(const io::KeptPart& kept, const std::vector<T>& values, const std::string& what) {
  ASSERT_TRUE(kept.summary) << what;
  long double sum = 0;
  for (const T v : values) sum += v;
  EXPECT_EQ(kept.summary->mean, double(sum / (long double)(values.size()))) << what;
  EXPECT_EQ(kept.summary->minimum, double(*std::min_element(values.begin(), values.end()))) << what;
  EXPECT_EQ(kept.summary->maximum, double(*std::max_element(values.begin(), values.end()))) << what;
}

template <class T>
class BoxSink : public testing::Test {};
using Voxels = testing::Types<std::int8_t, std::uint8_t, std::int16_t, std::uint16_t>;
TYPED_TEST_SUITE(BoxSink, Voxels);

// Bytes in pieces of any length, in the sink's room or elsewhere; the box becomes known after any of them, or after the last. Begun anew now and then.
TYPED_TEST(BoxSink, IsTheBoxInWhateverPiecesTheBytesCome) {
  using T = TypeParam;
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    const Geometry grid =
        grid_of({1 + std::int64_t(random() % 9), 1 + std::int64_t(random() % 9), 1 + std::int64_t(random() % 9)});
    const auto values = noise<T>(grid, random());
    const Box box = random_box(grid.size, random);
    const auto bytes = std::as_bytes(std::span(values));
    std::vector<T> out(std::size_t(box.voxels()), T(77));
    io::BoxSink sink(grid.size, sizeof(T), RunningSummary::of(scalar_type_of<T>()), "a file");
    const auto known_at = random() % (2 * bytes.size());
    bool known = false;
    bool again = random() % 4 == 0;
    for (std::size_t at = 0; at < bytes.size();) {
      if (!known && at >= known_at) sink.want(box, std::as_writable_bytes(std::span(out)).data()), known = true;
      std::size_t count = 1 + random() % std::min<std::size_t>(bytes.size() - at, 97);
      if (random() % 2 == 0) {
        const auto room = sink.room(count);
        count = std::min(count, room.size());
        std::copy_n(bytes.begin() + std::ptrdiff_t(at), count, room.begin());
        sink.take(room.first(count));
      } else {
        sink.take(bytes.subspan(at, count));
      }
      at += count;
      if (again && at > bytes.size() / 2) {
        sink.restart();
        at = 0;
        again = false;
      }
    }
    if (!known) sink.want(box, std::as_writable_bytes(std::span(out)).data());
    sink.finish();
    const std::string what = "round " + std::to_string(round);
    ASSERT_TRUE(out == values_of<T>(crop(Volume::from(grid, values), box))) << what;
    expect_summary<T>({{}, {}, sink.summary()->summary()}, values, what);
  }
}

/// Reads a part with so many threads.
io::KeptPart read_part(const std::filesystem::path& path, const Box& box, bool summed, int threads) {
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, std::size_t(threads));
  return tbb::task_arena(threads).execute([&] {
    io::Reading reading(io::StoredVolume(path, {}), false, {.summary = summed});
    if (threads > 1) std::this_thread::sleep_for(std::chrono::milliseconds(box.first[0] % 3));
    return reading.finish(box);
  });
}

TEST(PartReading, GivesTheBoxAndTheSummaryOfAll) {
  const Folder folder;
  const Geometry grid = grid_of({40, 30, 20});
  const auto values = noise<std::int16_t>(grid, 1);
  const Volume whole = Volume::from(grid, values);
  std::mt19937 random(5);
  for (const char* name : {"a.nii", "a.nii.gz", "a.nrrd", "a.mha"}) {
    write_volume(folder.path() / name, whole);
    for (int round = 0; round < 12; ++round) {
      const Box box = random_box(grid.size, random);
      const auto kept = read_part(folder.path() / name, box, true, 1 + round % 4);
      expect_part<std::int16_t>(kept, whole, box, name);
      expect_summary(kept, values, name);
      EXPECT_FALSE(read_part(folder.path() / name, box, false, 1).summary);
    }
  }
}

// So large a stream that others help to decode it.
TEST(PartReading, GivesTheSameWhereThreadsHelp) {
  const Folder folder;
  const Geometry grid = grid_of({256, 256, 60});
  auto values = noise<std::int16_t>(grid, 2);
  for (auto& v : values) v = std::int16_t(v & 4095);
  const Volume whole = Volume::from(grid, values);
  write_volume(folder.path() / "a.nii.gz", whole);
  std::mt19937 random(6);
  for (int round = 0; round < 20; ++round) {
    const Box box = random_box(grid.size, random);
    const auto kept = read_part(folder.path() / "a.nii.gz", box, true, 4);
    expect_part<std::int16_t>(kept, whole, box, "round");
    expect_summary(kept, values, "round");
  }
}

TEST(PartReading, RescalesAndTurnsTheBytesOfTheBoxRound) {
  const Folder folder;
  const Geometry grid = grid_of({9, 8, 7});
  const auto values = noise<std::int16_t>(grid, 3);
  const std::string header =
      "NRRD0004\ntype: short\ndimension: 3\nsizes: 9 8 7\nspacings: 0.5 0.75 3\nencoding: raw\nendian: big\n\n";
  const auto path = folder.write("big.nrrd", header + bytes_of_numbers(values, true));
  const Box box{{2, 1, 3}, {4, 5, 2}};
  expect_part<std::int16_t>(read_part(path, box, false, 1), read_volume(path).volume, box, "big endian");
  const auto all = read_part(path, box, true, 1);
  EXPECT_EQ(all.volume.geometry().size, grid.size) << "its bytes would have to be turned round to be summed up";
  EXPECT_FALSE(all.summary);
}

TEST(PartReading, GivesAllWhereThereIsNothingToBeGained) {
  const Folder folder;
  const Geometry grid = grid_of({12, 9, 8});
  const Box box{{1, 2, 3}, {4, 3, 2}};
  write_volume(folder.path() / "floats.nii.gz", Volume::from(grid, noise<float>(grid, 4)));
  expect_part<float>(read_part(folder.path() / "floats.nii.gz", box, false, 2),
      read_volume(folder.path() / "floats.nii.gz").volume, box, "floats");
  const auto summed = read_part(folder.path() / "floats.nii.gz", box, true, 2);
  EXPECT_EQ(summed.box, (Box{{}, grid.size})) << "the mean of floats depends on the order in which they are added";
  const io::KeptPart whole = [&] {
    io::Reading reading(io::StoredVolume(folder.path() / "floats.nii.gz", {}), false, {.all = true});
    return reading.finish(box);
  }();
  EXPECT_EQ(whole.box, (Box{{}, grid.size}));
}

// What is not kept is checked all the same.
TEST(PartReading, SeesDamageOutsideTheBox) {
  const Folder folder;
  const Geometry grid = grid_of({64, 64, 40});
  write_volume(folder.path() / "a.nii.gz", Volume::from(grid, noise<std::int16_t>(grid, 5)));
  const std::string good = contents(folder.path() / "a.nii.gz");
  const Box box{{3, 3, 1}, {5, 5, 1}};
  for (const double at : {0.5, 0.9, 0.9999}) {
    std::string bad = good;
    bad[std::size_t(at * double(bad.size()))] ^= 0x10;
    const auto path = folder.write("bad.nii.gz", bad);
    expect_error(ErrorCode::file_corrupt, {"bad.nii.gz"}, [&] { read_part(path, box, true, 2); });
  }
  expect_error(ErrorCode::file_truncated, {"short.nii.gz"},
      [&] { read_part(folder.write("short.nii.gz", good.substr(0, good.size() / 2)), box, true, 2); });
  // Nobody waits for it: it ends, and says nothing.
  const io::Reading unwanted(io::StoredVolume(folder.path() / "bad.nii.gz", {}), true, {.summary = true});
}

#if defined(__SANITIZE_THREAD__)
constexpr double shadowed = 5;  // ThreadSanitizer keeps four bytes of its own for each
#else
constexpr double shadowed = 1;
#endif

/// The most that the process has had in memory since it was asked last, in MiB.
double most_in_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) {
      std::ofstream("/proc/self/clear_refs") << "5";
      return std::stod(line.substr(6)) / 1024;
    }
  return 0;
}

// A small volume, and behind it more than it promises, so little of which is stored that it could be anything: it is decoded and dropped.
TEST(PartReading, TakesNoMemoryForWhatAStreamMakesBeyondItsVoxels) {
  const Folder folder;
  const std::string header = "NRRD0004\ntype: short\ndimension: 3\nsizes: 64 64 64\nendian: little\nencoding: gzip\n\n";
  const Geometry zeros = grid_of({1024, 1024, 64}), restless = grid_of({256, 256, 200});
  auto noisy = noise<std::int16_t>(restless, 8);
  for (auto& v : noisy) v = std::int16_t(v & 4095);
  const auto path_of = [&](const std::string& name, const Geometry& grid, const std::vector<std::int16_t>& values) {
    write_with_itk(folder.path() / "itk.nrrd", grid, values, true);
    const std::string file = contents(folder.path() / "itk.nrrd");
    return folder.write(name, header + file.substr(file.find("\n\n") + 2));
  };
  for (const auto& path : {path_of("zeros.nrrd", zeros, std::vector<std::int16_t>(std::size_t(zeros.voxels()))),
           path_of("noise.nrrd", restless, noisy)})
    for (const int threads : {1, 4}) {
      most_in_memory();
      const double before = most_in_memory();
      EXPECT_EQ(read_part(path, {{1, 1, 1}, {4, 4, 4}}, true, threads).box.voxels(), 64);
      EXPECT_LT(most_in_memory() - before, 20 * shadowed) << path << ", MiB with " << threads << " threads";
    }
}

// While nobody says which box, what is decoded is kept; no more than the volume, and a little of one that is all but zeros.
TEST(PartReading, KeepsNoMoreThanTheVolumeUntilItIsKnownWhatIsWanted) {
  const Folder folder;
  const Geometry grid = grid_of({256, 256, 400});  // 50 MiB
  std::vector<std::int16_t> sparse(std::size_t(grid.voxels()));
  for (std::size_t i = 0; i < sparse.size() / 10; i += 10000) sparse[i] = 7;
  write_volume(folder.path() / "sparse.nii.gz", Volume::from(grid, sparse));
  auto dense = noise<std::int16_t>(grid, 9);
  write_volume(folder.path() / "dense.nii", Volume::from(grid, dense));
  const Box everything{{}, grid.size}, little{{7, 7, 7}, {3, 3, 3}};
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, 2);
  tbb::task_arena arena(2);
  const auto more = [&](const char* name, const Box& box) {
    most_in_memory();
    const double before = most_in_memory();
    arena.execute([&] {
      io::Reading reading(io::StoredVolume(folder.path() / name, {}), false, {});
      std::this_thread::sleep_for(std::chrono::milliseconds(300));  // in which another reads
      const auto kept = reading.finish(box);
      const Volume whole = kept.box == box ? kept.volume : crop(kept.volume, box);
      EXPECT_EQ(whole.geometry().size, box.size);
    });
    return most_in_memory() - before;
  };
  EXPECT_LT(more("sparse.nii.gz", little), 30 * shadowed);
  EXPECT_LT(more("dense.nii", everything), 70 * shadowed) << "the box is filled while what was kept is given back";
  EXPECT_LT(more("dense.nii", little), 60 * shadowed);
}

}  // namespace
}  // namespace radloom::test
