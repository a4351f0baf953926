#pragma once
#include <string>
#include <string_view>

namespace radloom::cli {

/// Where results go: a file, written whole or not at all, or standard output ("-" or nothing).
class Output {
 public:
  /// Throws Error(output_unwritable) where nothing could be written later, so that it is known before computing.
  explicit Output(const std::string& path);

  bool is_stdout() const noexcept { return path_.empty(); }
  const std::string& path() const noexcept { return path_; }
  /// Throws Error(output_unwritable).
  void write(std::string_view text) const;

 private:
  std::string path_;
};

/// The reader of standard output went away, as `head` does; nobody is left to tell.
struct ReaderGone {};

/// Writes to standard output and flushes. Throws Error(output_unwritable), ReaderGone.
void write_stdout(std::string_view text);

}  // namespace radloom::cli
