#include "io/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <isa-l.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <random>
#include <system_error>
#include <vector>

#include "radloom/error.hpp"

namespace radloom::io {

OutputFile::OutputFile(const std::filesystem::path& path) : path_(path) {
  static std::atomic<std::uint32_t> number =
      std::random_device()();  // to ask it anew takes longer than to open the file
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    temporary_ = path_.parent_path() / fmt::format(".{}.{:08x}.part", path_.filename().string(), number++);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && (errno != EEXIST || attempt > 100)) refuse(errno);
  }
}

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void OutputFile::refuse(int number) const {
  throw Error(ErrorCode::output_unwritable,
      fmt::format("{}: cannot be written: {}; check the folder, its permissions and its space", path_.string(),
          std::generic_category().message(number)));
}

void OutputFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), std::min(bytes.size(), std::size_t(1) << 30));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) refuse(errno);
    bytes = bytes.subspan(std::size_t(count));
  }
}

void OutputFile::write_compressed(std::span<const std::byte> head, std::span<const std::byte> body) {
  const auto stream = std::make_unique<isal_zstream>();
  constexpr std::uint32_t room = 1 << 20;
  const auto scratch = std::make_unique_for_overwrite<std::uint8_t[]>(ISAL_DEF_LVL1_DEFAULT);
  const auto packed = std::make_unique_for_overwrite<std::uint8_t[]>(room);
  isal_deflate_init(stream.get());
  stream->level = 1;
  stream->level_buf = scratch.get();
  stream->level_buf_size = ISAL_DEF_LVL1_DEFAULT;
  stream->gzip_flag = IGZIP_GZIP;
  stream->avail_in = 0;
  do {
    if (stream->avail_in == 0) {  // isa-l counts in 32 bits
      std::span<const std::byte>& from = head.empty() ? body : head;
      const std::size_t count = std::min(from.size(), std::size_t(1) << 30);
      stream->next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(from.data()));
      stream->avail_in = std::uint32_t(count);
      from = from.subspan(count);
      stream->end_of_stream = head.empty() && body.empty();
    }
    stream->next_out = packed.get();
    stream->avail_out = room;
    if (isal_deflate(stream.get()) != COMP_OK) throw Error(ErrorCode::internal, "isa-l cannot compress");
    write(std::as_bytes(std::span(packed.get(), room - stream->avail_out)));
  } while (stream->internal_state.state != ZSTATE_END);
}

void OutputFile::commit(bool flush) {
  if (flush && ::fsync(descriptor_) != 0 && errno != EINVAL && errno != ENOTSUP) refuse(errno);
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (::close(descriptor) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int number = errno;
    ::unlink(temporary_.c_str());
    refuse(number);
  }
}

}  // namespace radloom::io
