#include "io/voxels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <type_traits>

#include "io/inflate.hpp"
#include "io/sink.hpp"
#include "io/stored_file.hpp"
#include "io/text.hpp"
#include "radloom/error.hpp"

namespace radloom::io {
namespace {

constexpr std::uint64_t too_much = std::uint64_t(1) << 62;

/// Calls f(T{}) with the stored type.
template <class F>
void with_type(Stored type, F&& f) {
  switch (type) {
    case Stored::int8: return f(std::int8_t{});
    case Stored::uint8: return f(std::uint8_t{});
    case Stored::int16: return f(std::int16_t{});
    case Stored::uint16: return f(std::uint16_t{});
    case Stored::int32: return f(std::int32_t{});
    case Stored::uint32: return f(std::uint32_t{});
    case Stored::float32: return f(float{});
    case Stored::float64: return f(double{});
    case Stored::int64: return f(std::int64_t{});
    case Stored::uint64: return f(std::uint64_t{});
  }
}

StoredFile open_part(const Layout& layout, const Part& part) {
  try {
    return StoredFile(part.path);
  } catch (const Error& error) {
    if (part.path == layout.files.front()) throw;
    throw Error(
        error.code(), fmt::format("{} (the data file that {} names)", error.what(), layout.files.front().string()));
  }
}

/// Where the part's bytes lie: after its offset and what is to skip, up to its length.
struct Extent {
  std::uint64_t first = 0, count = 0;
};

Extent extent_of(const StoredFile& file, const Part& part, std::uint64_t bytes) {
  std::uint64_t first = part.offset >= 0 ? std::uint64_t(part.offset) : file.size() - std::min(bytes, file.size());
  std::vector<std::byte> block(part.skip_lines > 0 ? std::size_t(1) << 16 : 0);
  for (std::int64_t lines = part.skip_lines; lines > 0 && first < file.size();) {
    const auto count = std::size_t(std::min<std::uint64_t>(block.size(), file.size() - first));
    file.read(first, block.data(), count);
    std::size_t used = 0;
    while (used < count && lines > 0)
      if (block[used++] == std::byte{'\n'}) --lines;
    first += used;
  }
  first = std::min(first, file.size());
  first += std::min(std::uint64_t(part.skip_bytes), file.size() - first);
  std::uint64_t count = file.size() - first;
  if (part.length >= 0 && std::uint64_t(part.length) > count)
    throw Error(ErrorCode::file_truncated,
        fmt::format("{}: {} bytes of data are left of the {} that its header promises; copy it again",
            file.path().string(), count, part.length));
  if (part.length >= 0) count = std::uint64_t(part.length);
  return {first, count};
}

/// Refuses a part that cannot hold `bytes`, before anything of that size is allocated.
void check_capacity(const Layout& layout, const Part& part, std::uint64_t bytes) {
  const StoredFile file = open_part(layout, part);
  const Extent extent = extent_of(file, part, bytes);
  std::uint64_t most = extent.count;
  switch (layout.encoding) {
    case Encoding::raw: break;
    case Encoding::deflate:
      most = extent.count > too_much / deflate_expansion ? too_much : extent.count * deflate_expansion;
      bytes += std::uint64_t(layout.skip_decoded);
      break;
    case Encoding::text: most = (extent.count + 1) / 2 * bytes_of(layout.type); break;
    case Encoding::hex: most = extent.count / 2; break;
  }
  if (most < bytes)
    throw Error(ErrorCode::file_truncated,
        fmt::format("{}: its {} stored bytes cannot hold the {} bytes of voxels that the header promises; the file is "
                    "truncated or its header damaged",
            part.path.string(), extent.count, bytes));
}

std::shared_ptr<std::byte> load(const StoredFile& file, const Extent& extent) {
  auto bytes = allocate(std::size_t(extent.count), file.path());
  file.read(extent.first, bytes.get(), std::size_t(extent.count));
  return bytes;
}

/// What is stored in so little is zeros but for a few pages, as masks are.
bool mostly_zeros(std::uint64_t stored, std::uint64_t bytes) { return stored < bytes / 64; }

void inflate_part(const Layout& layout, const StoredFile& file, const Extent& extent, std::size_t bytes, Sink& sink) {
  Inflater inflater(StoredBytes(file, extent.first, extent.count), file.path().string());
  const auto check = [&](std::uint64_t got, std::uint64_t wanted) {
    if (got < wanted)
      throw Error(ErrorCode::file_truncated,
          fmt::format(
              "{}: decompresses to {} bytes where the header promises {}; it is truncated or its header damaged",
              file.path().string(), inflater.decoded(), bytes + std::size_t(layout.skip_decoded)));
  };
  const auto skip = std::uint64_t(layout.skip_decoded);
  if (mostly_zeros(extent.count, bytes)) {  // not worth anybody's help, and whoever helps keeps all that it decodes
    check(inflater.drop(skip), skip);
    check(inflater.read(sink, bytes), bytes);
  } else {
    check(inflater.read_together(skip, bytes, sink), bytes);
  }
  inflater.finish();
}

void read_plain(const StoredFile& file, const Extent& extent, std::size_t bytes, Sink& sink) {
  for (std::size_t at = 0; at < bytes;) {
    const auto room = sink.room(bytes - at);
    file.read(extent.first + at, room.data(), room.size());
    sink.take(room);
    at += room.size();
  }
}

void parse_text_part(
    const Layout& layout, const StoredFile& file, const Extent& extent, std::byte* to, std::size_t bytes) {
  const auto stored = load(file, extent);
  std::string_view rest(reinterpret_cast<const char*>(stored.get()), std::size_t(extent.count));
  constexpr std::string_view separators = " \t\r\n,\v\f";
  with_type(layout.type, [&](auto zero) {
    using T = decltype(zero);
    for (std::size_t at = 0; at < bytes; at += sizeof(T)) {
      const auto begin = rest.find_first_not_of(separators);
      if (begin == std::string_view::npos)
        throw Error(
            ErrorCode::file_truncated, fmt::format("{}: holds {} numbers where its header promises {}; it is truncated",
                                           file.path().string(), at / sizeof(T), bytes / sizeof(T)));
      rest.remove_prefix(begin);
      const std::string_view word = rest.substr(0, rest.find_first_of(separators));
      rest.remove_prefix(word.size());
      T value{};
      bool good = false;
      if constexpr (std::is_floating_point_v<T>) {
        const auto number = to_double(word);
        good = number.has_value();
        if (good) value = T(*number);
      } else {
        const auto number = to_int(word);
        good = number && *number >= 0 ? std::uint64_t(*number) <= std::uint64_t(std::numeric_limits<T>::max())
                                      : number && *number >= std::int64_t(std::numeric_limits<T>::min());
        if (good) value = T(*number);
      }
      if (!good)
        throw Error(ErrorCode::file_corrupt, fmt::format("{}: value {} is \"{}\", which its type cannot hold",
                                                 file.path().string(), at / sizeof(T), shown(word)));
      std::memcpy(to + at, &value, sizeof(T));
    }
  });
}

void parse_hex_part(const StoredFile& file, const Extent& extent, std::byte* to, std::size_t bytes) {
  const auto stored = load(file, extent);
  std::size_t digits = 0;
  for (std::size_t i = 0; i < extent.count && digits < 2 * bytes; ++i) {
    const char c = char(stored.get()[i]);
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0 && (c == ' ' || (c >= '\t' && c <= '\r'))) continue;
    if (digit < 0)
      throw Error(ErrorCode::file_corrupt,
          fmt::format("{}: its hexadecimal data hold another character", file.path().string()));
    std::byte& byte = to[digits / 2];
    byte = digits % 2 == 0 ? std::byte(digit << 4) : byte | std::byte(digit);
    ++digits;
  }
  if (digits < 2 * bytes)
    throw Error(
        ErrorCode::file_truncated, fmt::format("{}: holds {} bytes where its header promises {}; it is truncated",
                                       file.path().string(), digits / 2, bytes));
}

/// Of those encodings whose bytes come in their order.
void read_part(const Layout& layout, const StoredFile& file, const Extent& extent, std::size_t bytes, Sink& sink) {
  if (layout.encoding == Encoding::raw) read_plain(file, extent, bytes, sink);
  else inflate_part(layout, file, extent, bytes, sink);
}

/// Into memory that holds zeros.
void read_part(const Layout& layout, const Part& part, std::byte* to, std::size_t bytes) {
  const StoredFile file = open_part(layout, part);
  const Extent extent = extent_of(file, part, bytes);
  if (layout.encoding == Encoding::text) return parse_text_part(layout, file, extent, to, bytes);
  if (layout.encoding == Encoding::hex) return parse_hex_part(file, extent, to, bytes);
  if (layout.encoding == Encoding::deflate && mostly_zeros(extent.count, bytes)) {
    SparseSink sink(to);
    return read_part(layout, file, extent, bytes, sink);
  }
  WholeSink sink(to);
  read_part(layout, file, extent, bytes, sink);
}

template <class Word>
void swap_words(std::byte* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Word word;
    std::memcpy(&word, bytes + i * sizeof(Word), sizeof(Word));
    if constexpr (sizeof(Word) == 2) word = __builtin_bswap16(word);
    else if constexpr (sizeof(Word) == 4) word = __builtin_bswap32(word);
    else word = __builtin_bswap64(word);
    std::memcpy(bytes + i * sizeof(Word), &word, sizeof(Word));
  }
}

bool swapped(const Layout& layout) {
  return layout.encoding != Encoding::text && layout.big_endian != (std::endian::native == std::endian::big);
}

void to_native_order(const Layout& layout, std::byte* bytes, std::size_t count) {
  if (!swapped(layout)) return;
  switch (bytes_of(layout.type)) {
    case 2: return swap_words<std::uint16_t>(bytes, count);
    case 4: return swap_words<std::uint32_t>(bytes, count);
    case 8: return swap_words<std::uint64_t>(bytes, count);
    default: return;
  }
}

/// Makes doubles of stored values that end where the doubles will end, in place: value i is read before anything at or
/// after it is written, since a double is at least as wide.
void to_doubles(const Layout& layout, const std::byte* stored, std::byte* doubles, std::size_t count) {
  const double slope = layout.slope, intercept = layout.intercept;
  const bool rescale = layout.rescaled();
  with_type(layout.type, [&](auto zero) {
    using T = decltype(zero);
    for (std::size_t i = 0; i < count; ++i) {
      T value;
      std::memcpy(&value, stored + i * sizeof(T), sizeof(T));
      double result = double(value);
      if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
        constexpr double end = std::is_signed_v<T> ? 0x1p63 : 0x1p64;
        if (result >= end || T(result) != value)
          throw Error(ErrorCode::file_unreadable,
              fmt::format("{}: voxel {} is {}, a 64-bit integer beyond the precision of a double; convert the volume",
                  layout.files.front().string(), i, value));
      }
      if (rescale) result = result * slope + intercept;
      std::memcpy(doubles + i * sizeof(double), &result, sizeof(double));
    }
  });
}

/// What a layout comes to, having been held to its files before anything is allocated.
struct Sizes {
  std::uint64_t voxels, components, width;
  std::uint64_t share;  ///< bytes of each part
};

Sizes checked_sizes(const Layout& layout) {
  const std::string name = layout.files.front().string();
  const auto voxels = std::uint64_t(layout.geometry.voxels()), components = std::uint64_t(layout.components);
  const std::uint64_t width = bytes_of(layout.type), parts = layout.parts.size();
  if (voxels > too_much / (components * sizeof(double)))
    throw Error(ErrorCode::file_truncated,
        fmt::format("{}: the header promises {} voxels of {} bytes, more than any file holds; it is damaged", name,
            voxels, width * components));
  const std::uint64_t stored_bytes = voxels * components * width;
  if (parts == 0 || stored_bytes % (parts * width) != 0)
    throw Error(
        ErrorCode::file_unreadable, fmt::format("{}: {} data files cannot share its voxels equally", name, parts));
  const std::uint64_t share = stored_bytes / parts;
  for (const Part& part : layout.parts) check_capacity(layout, part, share);
  return {voxels, components, width, share};
}

/// Bytes of voxels as they are given.
std::size_t given_bytes(const Layout& layout, std::uint64_t voxels) {
  return std::size_t(voxels) * bytes_of(given_type(layout));
}

/// Stored values, which may be narrower than given ones, go to the end of their memory.
std::byte* stored_in(std::byte* given, const Layout& layout, std::uint64_t voxels) {
  return given + given_bytes(layout, voxels) - std::size_t(voxels) * bytes_of(layout.type);
}

/// The volume, once the stored values are there.
Volume given_from(std::shared_ptr<std::byte> memory, const Layout& layout, const Geometry& grid) {
  const auto voxels = std::size_t(grid.voxels());
  std::byte* const stored = stored_in(memory.get(), layout, voxels);
  to_native_order(layout, stored, voxels);
  if (layout.rescaled() || layout.type >= Stored::int64) to_doubles(layout, stored, memory.get(), voxels);
  return Volume(grid, given_type(layout), std::shared_ptr<const void>(std::move(memory)));
}

}  // namespace

Volume read_voxels(const Layout& layout, int component) {
  const auto [voxels, components, width, share] = checked_sizes(layout);
  const auto memory = allocate_zeros(given_bytes(layout, voxels), layout.files.front());
  std::byte* const taken = stored_in(memory.get(), layout, voxels);
  std::shared_ptr<std::byte> all_components;
  std::byte* stored = taken;
  if (components > 1) {
    all_components = allocate_zeros(std::size_t(voxels * components * width), layout.files.front());
    stored = all_components.get();
  }
  for (std::size_t i = 0; i < layout.parts.size(); ++i)
    read_part(layout, layout.parts[i], stored + i * share, std::size_t(share));
  if (components > 1) {
    const auto run = std::uint64_t(layout.component_run);
    for (std::uint64_t block = 0; block < voxels / run; ++block)
      std::memcpy(taken + block * run * width, stored + (block * components + std::uint64_t(component)) * run * width,
          std::size_t(run * width));
    all_components.reset();
  }
  return given_from(memory, layout, layout.geometry);
}

bool PartReading::is_possible(const Layout& layout, bool summed) {
  const bool in_order = layout.encoding == Encoding::raw || layout.encoding == Encoding::deflate;
  const bool alone = layout.components == 1 && layout.parts.size() == 1;
  if (!in_order || !alone || layout.type >= Stored::int64) return false;
  // What is kept until the box is known would be zeros: all of such a volume takes less.
  std::error_code unknown;
  const auto stored = std::filesystem::file_size(layout.parts.front().path, unknown);
  if (unknown || mostly_zeros(stored, std::uint64_t(layout.geometry.voxels()) * bytes_of(layout.type))) return false;
  const bool as_stored = !layout.rescaled() && (bytes_of(layout.type) == 1 || !swapped(layout));
  return !summed || (as_stored && RunningSummary::of(given_type(layout)));
}

PartReading::PartReading(const Layout& layout, bool summed)
    : layout_(layout), sink_(layout.geometry.size, bytes_of(layout.type),
                           summed ? RunningSummary::of(given_type(layout)) : std::nullopt, layout.files.front()) {}

void PartReading::run() {
  const Sizes sizes = checked_sizes(layout_);
  const Part& part = layout_.parts.front();
  const StoredFile file = open_part(layout_, part);
  read_part(layout_, file, extent_of(file, part, sizes.share), std::size_t(sizes.share), sink_);
}

void PartReading::want(const Box& box) {
  box_ = box;
  const auto voxels = std::uint64_t(box.voxels());
  memory_ = allocate(given_bytes(layout_, voxels), layout_.files.front());
  sink_.want(box, stored_in(memory_.get(), layout_, voxels));
}

KeptPart PartReading::finish() {
  sink_.finish();
  KeptPart kept{given_from(std::move(memory_), layout_, crop(layout_.geometry, box_)), box_, std::nullopt};
  if (sink_.summary()) kept.summary = sink_.summary()->summary();
  return kept;
}

}  // namespace radloom::io
