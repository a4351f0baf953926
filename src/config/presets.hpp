#pragma once
#include <string>

#include "radloom/config.hpp"

namespace radloom::config {

/// The text of a preset. Throws Error(config_invalid) for a name that is none, Error(config_unsupported) for one that is not
/// available yet.
std::string preset_text(const std::string& name);

}  // namespace radloom::config
