#pragma once
#include <cstddef>
#include <filesystem>
#include <span>

namespace radloom::io {

/// A file that appears whole or not at all: written beside its place under another name, renamed by `commit`, removed when
/// that did not happen. Throws Error(output_unwritable).
class OutputFile {
 public:
  explicit OutputFile(const std::filesystem::path& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::span<const std::byte> bytes);
  /// Writes `head` and `body` as one gzip member, after what was written.
  void write_compressed(std::span<const std::byte> head, std::span<const std::byte> body);
  /// With `flush` it is on the disk before it has its name.
  void commit(bool flush = false);

 private:
  [[noreturn]] void refuse(int number) const;
  std::filesystem::path path_, temporary_;
  int descriptor_ = -1;
};

}  // namespace radloom::io
