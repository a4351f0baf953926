#include "io/stored_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <system_error>

#include "radloom/error.hpp"

namespace radloom::io {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, int number) {
  if (number == ENOENT || number == ENOTDIR)
    throw Error(ErrorCode::file_missing, fmt::format("{}: no such file; check the path", path.string()));
  throw Error(ErrorCode::file_unreadable,
      fmt::format("{}: cannot be opened: {}", path.string(), std::generic_category().message(number)));
}

}  // namespace

StoredFile::StoredFile(const std::filesystem::path& path) : path_(path) {
  struct stat status {};
  // Looked at before it is opened: opening a pipe would wait for a writer.
  if (::stat(path.c_str(), &status) != 0) refuse(path, errno);
  if (S_ISDIR(status.st_mode))
    throw Error(ErrorCode::not_a_file, fmt::format("{}: is a directory; name the volume's file", path.string()));
  if (!S_ISREG(status.st_mode))
    throw Error(ErrorCode::not_a_file, fmt::format("{}: is no regular file; name the volume's file", path.string()));
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) refuse(path, errno);
  size_ = std::uint64_t(status.st_size);
}

StoredFile::~StoredFile() { ::close(descriptor_); }

void StoredFile::read(std::uint64_t offset, void* to, std::size_t count) const {
  auto* target = static_cast<std::byte*>(to);
  while (count > 0) {
    const ssize_t got = ::pread(descriptor_, target, std::min(count, std::size_t(1) << 30), off_t(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      throw Error(ErrorCode::file_unreadable,
          fmt::format("{}: cannot be read: {}", path_.string(), std::generic_category().message(errno)));
    if (got == 0)
      throw Error(ErrorCode::file_truncated,
          fmt::format("{}: ends at byte {}, {} bytes too early; copy it again", path_.string(), offset, count));
    target += got;
    offset += std::uint64_t(got);
    count -= std::size_t(got);
  }
}

std::vector<std::byte> StoredFile::head(std::size_t count) const {
  std::vector<std::byte> bytes(std::size_t(std::min<std::uint64_t>(count, size_)));
  read(0, bytes.data(), bytes.size());
  return bytes;
}

namespace {

constexpr std::size_t huge_page = std::size_t(1) << 21;
/// What is given memory straight from the kernel, which gives zeros.
constexpr bool is_large(std::size_t bytes) { return bytes >= huge_page / 2; }

}  // namespace

std::shared_ptr<std::byte> allocate(std::size_t bytes, const std::filesystem::path& reader) {
  const auto refuse_memory = [&] {
    throw Error(
        ErrorCode::memory_exhausted, fmt::format("{}: its {} bytes do not fit into memory", reader.string(), bytes));
  };
  if (!is_large(bytes)) {
    constexpr std::align_val_t alignment{64};
    auto* memory = static_cast<std::byte*>(::operator new(std::max<std::size_t>(bytes, 1), alignment, std::nothrow));
    if (!memory) refuse_memory();
    return {memory, [](std::byte* p) { ::operator delete (p, std::align_val_t{64}); }};
  }
  // In huge pages: a fifth of the time of decoding a CT was page faults; and given back at once.
  if (bytes > std::numeric_limits<std::size_t>::max() - 2 * huge_page) refuse_memory();
  const std::size_t whole = (bytes + huge_page - 1) / huge_page * huge_page, mapped = whole + huge_page;
  void* const base = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) refuse_memory();
  void* aligned = base;
  std::size_t space = mapped;
  std::align(huge_page, whole, aligned, space);
  ::madvise(aligned, whole, MADV_HUGEPAGE);  // a hint; where it is refused, small pages do
  return {static_cast<std::byte*>(aligned), [base, mapped](std::byte*) { ::munmap(base, mapped); }};
}

std::shared_ptr<std::byte> allocate_zeros(std::size_t bytes, const std::filesystem::path& reader) {
  auto memory = allocate(bytes, reader);
  if (!is_large(bytes)) std::memset(memory.get(), 0, bytes);
  return memory;
}

}  // namespace radloom::io
