#include "kernels/common/cuda_launch.cuh"
#include "kernels/glrlm/count_runs.hpp"
#include "kernels/glrlm/run_features.hpp"

RL_KERNEL(radloom::glrlm::CountRuns)
RL_KERNEL(radloom::glrlm::RunFeatures)
