#pragma once

namespace radloom::ngtdm::tuning {

inline constexpr int features_threads = 256;

}  // namespace radloom::ngtdm::tuning
