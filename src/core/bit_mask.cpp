#include "core/bit_mask.hpp"

#include <algorithm>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "core/simd.hpp"

namespace radloom {

static_assert(std::endian::native == std::endian::little);

std::uint64_t bits_of(const std::uint8_t* bytes) {
  std::uint64_t bits = 0;
#if defined(__SSE2__)
  for (int i = 0; i < 4; ++i) {
    const __m128i outside =
        _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * i)), _mm_setzero_si128());
    bits |= std::uint64_t(std::uint32_t(_mm_movemask_epi8(outside))) << (16 * i);
  }
  return ~bits;
#else
  for (int i = 0; i < 8; ++i) {
    constexpr std::uint64_t low = 0x7f7f7f7f7f7f7f7f;
    std::uint64_t word;
    std::memcpy(&word, bytes + 8 * i, sizeof word);
    const std::uint64_t ones = (((word & low) + low) | word) >> 7 & 0x0101010101010101;
    bits |= ones * 0x0102040810204080 >> 56 << (8 * i);  // byte k, at bit 8 k, is moved to bit 56 + k
  }
  return bits;
#endif
}

namespace {

/// Exchanges bits `step` off the diagonal of every square of 2 `step` rows and columns.
template <int step>
[[gnu::always_inline]] inline void exchange(std::uint64_t (&rows)[64], std::uint64_t low) {
  for (int first = 0; first < 64; first += 2 * step)
    for (int i = first; i < first + step; ++i) {
      const std::uint64_t t = (rows[i] >> step ^ rows[i + step]) & low;
      rows[i] ^= t << step;
      rows[i + step] ^= t;
    }
}

/// Bit c of row r becomes bit r of row c (Warren, Hacker's Delight, 7-3).
RL_SIMD_CLONES void transpose(std::uint64_t (&rows)[64]) {
  exchange<32>(rows, 0x00000000ffffffff);
  exchange<16>(rows, 0x0000ffff0000ffff);
  exchange<8>(rows, 0x00ff00ff00ff00ff);
  exchange<4>(rows, 0x0f0f0f0f0f0f0f0f);
  exchange<2>(rows, 0x3333333333333333);
  exchange<1>(rows, 0x5555555555555555);
}

}  // namespace

BitMask::BitMask(const Volume& mask) : BitMask(mask.geometry().size) {
  const auto voxels = mask.as<std::uint8_t>();
  const std::uint8_t *in = voxels.data(), *const end = in + voxels.size();
  for (std::int64_t z = 0; z < size_[2]; ++z)
    for (std::int64_t y = 0; y < size_[1]; ++y) {
      std::uint64_t* out = row(y, z);
      for (std::int64_t left = size_[0]; left > 0; left -= 64, ++out) {
        const auto n = std::min<std::int64_t>(left, 64);
        std::uint8_t last[64];
        const bool whole = end - in >= 64;  // 64 bytes can be read, though the next row's may be among them
        if (!whole) std::memcpy(last, in, std::size_t(n));
        const std::uint64_t bits = bits_of(whole ? in : last) << (64 - n) >> (64 - n);
        out[0] |= bits << 1;
        out[1] = bits >> 63;  // where the row has no such word, this is 0, and the next row not yet written
        in += n;
      }
    }
}

BitMask BitMask::transposed() const {
  BitMask out({size_[1], size_[0], size_[2]});
  std::uint64_t block[64];
  for (std::int64_t z = 0; z < size_[2]; ++z)
    for (std::int64_t y = 0; y < size_[1] + 2; y += 64)
      for (std::int64_t w = 0; w < words_; ++w) {
        const auto rows = std::min<std::int64_t>(64, size_[1] + 2 - y);
        const auto columns = std::min<std::int64_t>(64, size_[0] + 2 - 64 * w);
        const std::uint64_t* const from = row(y - 1, z) + w;
        std::uint64_t* const to = out.row(64 * w - 1, z) + y / 64;
        std::uint64_t any = 0;
        for (std::int64_t i = 0; i < rows; ++i) any |= block[i] = from[i * words_];
        if (any == 0) continue;
        if (rows * columns <= 128) {  // fewer bits than steps
          for (std::int64_t i = 0; i < rows; ++i)
            for_each_bit(block[i], 0, [&](auto b) { to[b * out.words_] |= std::uint64_t(1) << i; });
          continue;
        }
        std::fill(block + rows, block + 64, 0);
        transpose(block);
        for (std::int64_t i = 0; i < columns; ++i) to[i * out.words_] = block[i];
      }
  return out;
}

}  // namespace radloom
