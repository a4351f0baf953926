#pragma once
#include <cstdint>

/// Figures alone. Chosen by counting for a multiprocessor of 228 KiB and 2,048 threads (README.md); none changes a result.
namespace radloom::glcm::tuning {

/// Blocks of private counters that a multiprocessor holds at a time, class by class, and the threads of each.
inline constexpr int private_classes = 3;
inline constexpr int private_blocks[private_classes] = {4, 2, 1};
inline constexpr int private_threads[private_classes] = {512, 1024, 1024};
/// A class takes a region whose block holds at least so many directions: fewer would read the voxels too often.
inline constexpr int least_directions = 4;
/// Shared memory that the runtime takes of each block.
inline constexpr std::size_t reserved_bytes = 1024;
/// Copies of counters that few levels get against collisions, and the words they may take together.
inline constexpr int most_copies = 8;
inline constexpr std::int64_t most_copied_words = 4096;
/// Voxels of a block: enough that clearing and adding its counters is little, and below 2^16, which a counter holds. Small batches take
/// smaller shares, until there are so many blocks.
inline constexpr std::int64_t least_share = 8192, most_share = 57344, wanted_blocks = 1024;

/// Counters in global memory.
inline constexpr int global_threads = 512;
/// Levels up to which matrices are dense; 8 bytes a cell and direction.
inline constexpr std::int32_t most_dense_levels = 1024;

/// Features of dense matrices, class by class: most levels and threads of a block.
inline constexpr int feature_classes = 3;
inline constexpr std::int32_t feature_levels[feature_classes] = {64, 256, most_dense_levels};
inline constexpr int feature_threads[feature_classes] = {64, 256, 512};
/// Features of lists of cells.
inline constexpr int listed_threads = 256;

/// Cells of a block that merges directions.
inline constexpr std::int64_t merge_tile = 4096;
inline constexpr int merge_threads = 256;

}  // namespace radloom::glcm::tuning
