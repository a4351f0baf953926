#include "kernels/common/cuda_launch.cuh"
#include "kernels/gldm/count_neighbours.hpp"
#include "kernels/gldm/dependence_features.hpp"

RL_KERNEL(radloom::gldm::CountNeighbours)
RL_KERNEL(radloom::gldm::DependenceFeatures)
