// Streams that several threads decode, held to what was compressed (by ITK's zlib). Whether a thread finds time to help is the system's affair, so
// where it matters a stream is decoded until one did.
#include "io/inflate_together.hpp"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include "io/files.hpp"
#include "io/itk.hpp"

namespace radloom::test {
namespace {

enum class Kind { noise, repeats };

/// Slices with an empty frame around noise in 4096 values, as of a CT; or noise of which 20 KiB come again and again 28 KiB later, between them
/// some that do not, so that wherever one begins there is always something that came from before.
std::vector<std::int16_t> slices(const Geometry& grid, Kind kind) {
  constexpr std::size_t period = 14336, repeated = 10240;
  std::vector<std::int16_t> values(std::size_t(grid.voxels()), std::int16_t(-1024));
  std::mt19937 random(7);
  std::size_t i = 0;
  for (int z = 0; z < grid.size[2]; ++z)
    for (int y = 0; y < grid.size[1]; ++y)
      for (int x = 0; x < grid.size[0]; ++x, ++i) {
        const bool frame = x < 12 || y < 12 || x >= grid.size[0] - 12 || y >= grid.size[1] - 12;
        if (kind == Kind::noise && !frame) values[i] = std::int16_t(x + y + int(random() % 4096));
        if (kind == Kind::repeats)
          values[i] = i >= period && i % period < repeated ? values[i - period] : std::int16_t(random() % 4096);
      }
  return values;
}

Geometry grid_of(std::int64_t slices) {
  Geometry grid;
  grid.size = {256, 256, slices};
  return grid;
}

/// A gzip member made by ITK, header and all.
std::string gzip_of(const Folder& folder, const Geometry& grid, const std::vector<std::int16_t>& values) {
  write_with_itk(folder.path() / "itk.nrrd", grid, values, true);
  const std::string file = contents(folder.path() / "itk.nrrd");
  return file.substr(file.find("\n\n") + 2);
}

/// Calls f with four threads, however many processors there are.
template <class F>
auto with_threads(const F& f) {
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, 4);
  tbb::task_arena arena(4);
  return arena.execute(f);
}

struct Decoded {
  std::string bytes;
  std::optional<io::Inflated> inflated;
  bool seen_in_order = true;
};

/// The stream at `position` of `stored`, after which `skip` bytes are dropped.
Decoded decode(const std::string& stored, std::uint64_t position, std::size_t skip, std::size_t count) {
  return with_threads([&] {
    Decoded result;
    result.bytes.assign(count, '?');
    io::StoredBytes bytes{std::as_bytes(std::span(stored))};
    bytes.seek(position);
    std::string seen;
    io::WholeSink sink(reinterpret_cast<std::byte*>(result.bytes.data()));
    result.inflated = io::inflate_together(bytes, skip, count, sink,
        [&](std::span<const std::byte> part) { seen.append(reinterpret_cast<const char*>(part.data()), part.size()); });
    EXPECT_TRUE(!result.inflated || seen.size() == skip + count);
    result.seen_in_order = !result.inflated || seen.compare(skip, count, result.bytes) == 0;
    return result;
  });
}

constexpr std::uint64_t gzip_header = 10, gzip_trailer = 8;

TEST(InflateTogether, MakesWhatWasCompressedOutOfPieces) {
  const Folder folder;
  const Geometry grid = grid_of(60);
  const std::string raw = bytes_of_numbers(slices(grid, Kind::noise));
  const std::string stored = gzip_of(folder, grid, slices(grid, Kind::noise));
  ASSERT_GT(stored.size(), std::size_t(4) << 20);
  int most = 1;
  for (int tries = 0; tries < 2000 && most < 3; ++tries) {
    const std::size_t skip = tries % 2 == 0 ? 0 : 352;
    const Decoded decoded = decode(stored, gzip_header, skip, raw.size() - skip);
    ASSERT_TRUE(decoded.inflated);
    ASSERT_EQ(decoded.inflated->end, stored.size() - gzip_trailer);
    ASSERT_TRUE(decoded.bytes == raw.substr(skip)) << "of " << decoded.inflated->pieces << " pieces";
    ASSERT_TRUE(decoded.seen_in_order);
    most = std::max(most, decoded.inflated->pieces);
  }
  EXPECT_GE(most, 3) << "no thread ever helped";
}

TEST(InflateTogether, LeavesToOneWhatAlwaysRepeats) {
  const Folder folder;
  const Geometry grid = grid_of(120);
  const auto values = slices(grid, Kind::repeats);
  const std::string raw = bytes_of_numbers(values), stored = gzip_of(folder, grid, values);
  ASSERT_GT(stored.size(), std::size_t(3) << 20);
  for (int tries = 0; tries < 5; ++tries) {
    const Decoded decoded = decode(stored, gzip_header, 0, raw.size());
    ASSERT_TRUE(decoded.inflated);
    ASSERT_EQ(decoded.inflated->pieces, 1);
    ASSERT_TRUE(decoded.bytes == raw);
  }
}

TEST(InflateTogether, TakesNoBlockOfAnotherStreamForItsOwn) {
  // A compressed file in blocks that are stored as they are: all the blocks that are found lie in it.
  const Folder folder;
  const Geometry grid = grid_of(60);
  const std::string inner = gzip_of(folder, grid, slices(grid, Kind::noise)), stored = gzip_stored(inner);
  for (int tries = 0; tries < 20; ++tries) {
    const Decoded decoded = decode(stored, gzip_header, 0, inner.size());
    ASSERT_TRUE(decoded.inflated);
    ASSERT_EQ(decoded.inflated->pieces, 1);
    ASSERT_TRUE(decoded.bytes == inner);
  }
}

TEST(InflateTogether, GivesNothingOfAStreamOfAnotherLength) {
  const Folder folder;
  const Geometry grid = grid_of(40);
  const auto values = slices(grid, Kind::noise);
  const std::size_t bytes = 2 * values.size();
  std::string stored = gzip_of(folder, grid, values);
  for (const std::size_t other : {bytes - 1, bytes + 1, bytes / 2, std::size_t(1)})
    EXPECT_FALSE(decode(stored, gzip_header, 0, other).inflated) << other;
  EXPECT_FALSE(decode(stored, gzip_header, 1, bytes).inflated);
  EXPECT_FALSE(decode(stored, gzip_header, 2 * bytes, 1).inflated);
  for (const std::size_t cut : {std::size_t(9), stored.size() / 4, stored.size() / 2})
    EXPECT_FALSE(decode(stored.substr(0, stored.size() - cut), gzip_header, 0, bytes).inflated) << cut;
}

TEST(InflateTogether, GivesNothingWhereItEndsBeforeWhatIsWanted) {
  // What is dropped reaches into pieces that others take; what follows it is too short, and must not be filled from elsewhere.
  const Folder folder;
  const Geometry grid = grid_of(60);
  const auto values = slices(grid, Kind::noise);
  const std::size_t bytes = 2 * values.size();
  const std::string stored = gzip_of(folder, grid, values);
  for (int tries = 0; tries < 40; ++tries) {
    const std::size_t count = bytes * std::size_t(1 + tries % 7) / 16;
    ASSERT_FALSE(decode(stored, gzip_header, bytes - count / 2, count).inflated) << count;
  }
}

TEST(InflateTogether, FailsOnceWhereAFileIsCutWhileItIsRead) {
  const Folder folder;
  const Geometry grid = grid_of(60);
  const std::string stored = gzip_of(folder, grid, slices(grid, Kind::noise));
  std::vector<std::byte> to(2 * std::size_t(grid.voxels()));
  for (int tries = 0; tries < 20; ++tries) {
    const auto path = folder.write("cut.gz", stored);
    const io::StoredFile file(path);
    std::filesystem::resize_file(path, stored.size() * std::size_t(1 + tries % 8) / 9);
    const io::StoredBytes bytes(file, gzip_header, stored.size() - gzip_header);
    io::WholeSink sink(to.data());
    with_threads([&] {
      expect_error(ErrorCode::file_truncated, {"cut.gz", "copy it again"},
          [&] { io::inflate_together(bytes, 0, to.size(), sink, [](auto) {}); });
    });
  }
}

class InflateTogetherFiles : public testing::TestWithParam<const char*> {};

TEST_P(InflateTogetherFiles, AreReadAsTheyWereWritten) {
  const Folder folder;
  const Geometry grid = grid_of(60);
  const auto path = folder.path() / (std::string("whole") + GetParam());
  for (const Kind kind : {Kind::noise, Kind::repeats}) {
    const auto values = slices(grid, kind);
    write_with_itk(path, grid, values, true);
    for (int tries = 0; tries < 3; ++tries)
      ASSERT_TRUE(with_threads([&] { return values_of<std::int16_t>(read_volume(path).volume); }) == values);
  }
}

TEST_P(InflateTogetherFiles, AreRefusedWhereverTheyAreDamaged) {
  const Folder folder;
  const Geometry grid = grid_of(60);
  const auto values = slices(grid, Kind::noise);
  const std::string name = std::string("whole") + GetParam();
  write_with_itk(folder.path() / name, grid, values, true);
  const std::string whole = contents(folder.path() / name);
  for (int part = 1; part <= 10; ++part) {
    std::string damaged = whole;
    const std::size_t at = whole.size() * std::size_t(part) / 10 - 5;
    for (std::size_t i = at; i < at + 4; ++i) damaged[i] = char(~damaged[i]);
    const auto path = folder.write(name, damaged);
    try {
      with_threads([&] { read_volume(path); });
      ADD_FAILURE() << "damage at byte " << at << " was not seen";
    } catch (const Error& error) {  // what damage says of the length can make a stream end too late
      EXPECT_TRUE(error.code() == ErrorCode::file_corrupt || error.code() == ErrorCode::file_truncated) << error.what();
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
    folder.write(name, whole.substr(0, at));
    with_threads([&] { expect_read_error(ErrorCode::file_truncated, {name}, path); });
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, InflateTogetherFiles, testing::Values(".nii.gz", ".nrrd", ".mha"));

TEST(InflateTogether, LeavesFilesOfSeveralMembersToTheirReader) {
  const Folder folder;
  const Geometry half = grid_of(30);
  NiftiHeader header;
  header.dim = {3, 256, 256, 60, 1, 1, 1, 1};
  const auto values = slices(half, Kind::noise);
  const std::string member = gzip_of(folder, half, values);
  const auto path = folder.write("members.nii.gz", gzip_stored(header.bytes()) + member + member);
  auto twice = values;
  twice.insert(twice.end(), values.begin(), values.end());
  for (int tries = 0; tries < 3; ++tries)
    ASSERT_TRUE(with_threads([&] { return values_of<std::int16_t>(read_volume(path).volume); }) == twice);
}

}  // namespace
}  // namespace radloom::test
