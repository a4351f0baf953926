#pragma once
#include <cstddef>
#include <functional>
#include <span>

namespace radloom::io {

/// Hands `head` (at most 65,535 bytes) and `body` to `write` as one gzip member (RFC 1952), piece by piece. The head is stored as it is. The body is
/// taken eight bytes at a time, as one value of a map: those that were there within the last 32 KiB are referred to, the bytes of the others are
/// coded by how often they occur. isa-l's fastest levels look at every byte, which takes twice as long and makes maps 5 to 20 % smaller.
void compress(std::span<const std::byte> head, std::span<const std::byte> body,
    const std::function<void(std::span<const std::byte>)>& write);

}  // namespace radloom::io
