#include "kernels/common/cuda_launch.cuh"
#include "kernels/glszm/join_zones.hpp"
#include "kernels/glszm/size_zones.hpp"
#include "kernels/glszm/tally_zones.hpp"
#include "kernels/glszm/zone_features.hpp"

RL_KERNEL(radloom::glszm::HangRuns)
RL_KERNEL(radloom::glszm::JoinRows)
RL_KERNEL(radloom::glszm::SizeZones)
RL_KERNEL(radloom::glszm::TallyZones)
RL_KERNEL(radloom::glszm::ZoneFeatures)
