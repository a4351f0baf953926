#pragma once
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "io/output_file.hpp"

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
  friend class OutputStream;
  std::string path_;
  std::filesystem::path target_;  ///< what a link points to
  bool replaced_ = false;         ///< a file, not a pipe or a device
};

/// The same for what comes in parts: a file appears with `commit`.
class OutputStream {
 public:
  /// Throws Error(output_unwritable), and so do the others.
  explicit OutputStream(const Output& output);

  void write(std::string_view text);
  /// Nothing is written afterwards.
  void commit();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  [[noreturn]] void refuse() const;

  std::string path_;
  std::unique_ptr<io::OutputFile> file_;
  std::unique_ptr<std::FILE, Close> device_;  ///< neither: standard output
};

/// The reader of standard output went away, as `head` does; nobody is left to tell.
struct ReaderGone {};

/// Writes to standard output and flushes. Throws Error(output_unwritable), ReaderGone.
void write_stdout(std::string_view text);

}  // namespace radloom::cli
