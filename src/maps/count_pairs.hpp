#pragma once
// Co-occurrences of one direction, counted in many neighbourhoods at once.
#include <cstdint>
#include <span>

#include "maps/family_map.hpp"

namespace radloom::maps {

/// What `count_pairs` is given, and what it makes. T is a signed integer that holds the gray levels, and twice the pairs. No matrix is laid out: each pair
/// looks for those like it, and the first of them counts for all.
template <class T>
struct PairCount {
  const T* level;                        ///< [place][lane]: gray level; 0 where that voxel does not count
  std::span<const std::uint32_t> place;  ///< those that take part
  std::span<const Pair> pair;            ///< of numbers among `place`

  T* ends;  ///< [number of a place][lane]: how many ends of pairs have the level of that place
  T* row;   ///< the same at the first place of a level, else 0
  T* cell;  ///< [pair][lane]: weight of a symmetric matrix's cell, and of its mirror image; 0 where an earlier pair has the same two levels
  T* sum;   ///< [pair][lane]: weight of the sum of the two levels; 0 where an earlier pair has the same
  T* difference;  ///< the same of their absolute difference
  T* total;       ///< [lane]: all weights, which is twice the pairs
  T* largest;     ///< [lane]: weight of a cell
  T* unlike;      ///< [lane]: pairs of two different levels
  T* first_row;   ///< [lane]: ends of the first level
  T* fate;        ///< [lane]: a Fate
  T* room;        ///< [2 * pairs + places][lane]
};

/// What the graph whose edges are the pairs says at once of MCC: nothing, that there is one level (0), that there are two, or that a part of it has
/// nothing to do with the rest (1).
enum class Fate { open, one_level, two_levels, apart };

void count_pairs(const PairCount<std::int8_t>& a);
void count_pairs(const PairCount<std::int16_t>& a);

}  // namespace radloom::maps
