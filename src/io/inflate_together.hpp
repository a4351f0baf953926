#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "io/sink.hpp"
#include "io/stored_bytes.hpp"

namespace radloom::io {

struct Inflated {
  std::uint64_t end;  ///< position after the stream
  int pieces;         ///< that it was put together from
};

/// Decodes the deflate stream (RFC 1951) that begins at the position of `stored`, with the threads of the task arena that have nothing else to
/// do: each takes half of what is left. `see` is given all that was decoded, in order. Gives a result where the stream makes
/// `skip` bytes and `count` more, which `sink` has taken; else nothing, and Inflater tells what is wrong. Throws as StoredFile::read does.
///
/// Whoever begins in the middle lacks the 32 KiB before it, which what follows may repeat. It decodes three times then, after 32 KiB that tell
/// by the bytes that come out of them which of those came from where, until 32 KiB came from none (Kerbiriou and Chikhi, "Parallel decompression
/// of gzip-compressed files and random access to DNA sequences", 2019, decode numbers of places instead); where that takes too long, as in
/// images of low noise, it gives up. Nothing is taken on trust: a piece counts only if what precedes it ends, as a block, at the very bit where
/// it begins.
std::optional<Inflated> inflate_together(const StoredBytes& stored, std::size_t skip, std::size_t count, Sink& sink,
    const std::function<void(std::span<const std::byte>)>& see);

/// How many threads of the task arena have something to gain from a stream of what is left, beside the one that has it.
std::int64_t helpers_worth_having(const StoredBytes& stored);

}  // namespace radloom::io
