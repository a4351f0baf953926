#pragma once
namespace radloom::shape2d::tuning {

inline constexpr int feature_threads = 64;  ///< regions a block

}  // namespace radloom::shape2d::tuning
