#pragma once
namespace radloom::ih::tuning {

inline constexpr int region_threads = 256;  ///< of a block that measures a histogram

}  // namespace radloom::ih::tuning
