#pragma once
// Files as they lie on disk. Read with pread and never mapped: a file that shrinks while it is read is an error, no SIGBUS.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace radloom::io {

/// A regular file, open for reading. Throws Error(file_missing | not_a_file | file_unreadable).
class StoredFile {
 public:
  explicit StoredFile(const std::filesystem::path& path);
  ~StoredFile();
  StoredFile(const StoredFile&) = delete;
  StoredFile& operator=(const StoredFile&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  std::uint64_t size() const noexcept { return size_; }
  /// Bytes [offset, offset + count). Throws Error(file_truncated) where the file ends before.
  void read(std::uint64_t offset, void* to, std::size_t count) const;
  /// The first `count` bytes, or as many as there are.
  std::vector<std::byte> head(std::size_t count) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// Memory for voxels: not zeroed, aligned for every type. Throws Error(memory_exhausted).
std::shared_ptr<std::byte> allocate(std::size_t bytes, const std::filesystem::path& reader);
/// The same, of zeros; where it is large, pages that are only read cost nothing.
std::shared_ptr<std::byte> allocate_zeros(std::size_t bytes, const std::filesystem::path& reader);

}  // namespace radloom::io
