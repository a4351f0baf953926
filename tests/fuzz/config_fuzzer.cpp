// Any text may be no configuration, and only radloom::Error may say so.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "radloom/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const radloom::Config config = radloom::parse_config(text, "fuzz");
    // What was accepted must read back as itself.
    if (radloom::parse_config(config.effective_json, "effective").digest != config.digest) std::abort();
  } catch (const radloom::Error&) {
  }
  return 0;
}
