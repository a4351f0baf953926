#include "kernels/common/cuda_launch.cuh"
#include "kernels/common/mean_over_directions.hpp"
#include "kernels/glcm/count.hpp"
#include "kernels/glcm/dense_features.hpp"
#include "kernels/glcm/listed_features.hpp"
#include "kernels/glcm/merge_directions.hpp"

RL_KERNEL(radloom::MeanOverDirections)
RL_KERNEL(radloom::glcm::CountPrivately)
RL_KERNEL(radloom::glcm::CountGlobally)
RL_KERNEL(radloom::glcm::MergeDirections)
RL_KERNEL(radloom::glcm::DenseFeatures<std::uint64_t>)
RL_KERNEL(radloom::glcm::DenseFeatures<double>)
RL_KERNEL(radloom::glcm::WritePairKeys)
RL_KERNEL(radloom::glcm::FindRows)
RL_KERNEL(radloom::glcm::ListedFeatures)
