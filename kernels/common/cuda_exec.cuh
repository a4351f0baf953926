#pragma once
/// What a kernel body runs on a CUDA device: the words of kernels/README.md, each of which inlines to an instruction or two.
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/common/span.hpp"

namespace radloom {

namespace cuda_detail {

/// The word that the hardware works on in place of a T: the types atomics and shuffles are declared for.
template <class T>
using Word = std::conditional_t<sizeof(T) == 8, unsigned long long, unsigned int>;

/// The same with T's sign, which min and max need.
template <class T>
using Ordered = std::conditional_t<std::is_signed_v<T>, std::make_signed_t<Word<T>>, Word<T>>;

template <class To, class From>
__device__ To bits(const From& from) {
  static_assert(sizeof(To) == sizeof(From) && std::is_trivially_copyable_v<To> && std::is_trivially_copyable_v<From>);
  To to;
  __builtin_memcpy(&to, &from, sizeof(To));
  return to;
}

}  // namespace cuda_detail

/// Memory of a device as a body sees it: a plain pointer, whose length nobody checks here; the emulator's view of the same name
/// does. Where it is shared memory the compiler sees so, since everything is inlined, and chooses the instructions for it.
template <class T>
class CudaView {
  using Value = std::remove_const_t<T>;
  template <class V>
  static constexpr bool counts = std::is_integral_v<V> && (sizeof(V) == 4 || sizeof(V) == 8);

 public:
  __device__ CudaView(T* data, std::int64_t size) : data_(data), size_(size) {}

  __device__ T& operator[](std::int64_t i) const { return data_[i]; }
  __device__ Value get(std::int64_t i) const { return data_[i]; }
  __device__ void set(std::int64_t i, Value v) const { data_[i] = v; }

  // Relaxed, of the device's scope: what orders them is barriers and the end of a launch. An unused old value costs nothing, the
  // compiler then emits a reduction.
  __device__ Value add(std::int64_t i, Value v) const {
    static_assert(
        counts<T>, "atomics are for integers of 32 or 64 bits: a sum of floats depends on the order of arrival");
    using Word = cuda_detail::Word<T>;
    return static_cast<Value>(atomicAdd(reinterpret_cast<Word*>(data_ + i), static_cast<Word>(v)));
  }
  __device__ Value min(std::int64_t i, Value v) const {
    static_assert(counts<T>, "atomics are for integers of 32 or 64 bits");
    using Word = cuda_detail::Ordered<T>;
    return static_cast<Value>(atomicMin(reinterpret_cast<Word*>(data_ + i), static_cast<Word>(v)));
  }
  __device__ Value max(std::int64_t i, Value v) const {
    static_assert(counts<T>, "atomics are for integers of 32 or 64 bits");
    using Word = cuda_detail::Ordered<T>;
    return static_cast<Value>(atomicMax(reinterpret_cast<Word*>(data_ + i), static_cast<Word>(v)));
  }
  __device__ Value or_(std::int64_t i, Value v) const {
    static_assert(counts<T>, "atomics are for integers of 32 or 64 bits");
    using Word = cuda_detail::Word<T>;
    return static_cast<Value>(atomicOr(reinterpret_cast<Word*>(data_ + i), static_cast<Word>(v)));
  }
  __device__ Value cas(std::int64_t i, Value expected, Value desired) const {
    static_assert(counts<T>, "atomics are for integers of 32 or 64 bits");
    using Word = cuda_detail::Word<T>;
    return static_cast<Value>(
        atomicCAS(reinterpret_cast<Word*>(data_ + i), static_cast<Word>(expected), static_cast<Word>(desired)));
  }

  // A volatile access of an aligned word is a relaxed atomic one in the memory model of PTX, and unlike libcu++'s atomic_ref it
  // keeps what the compiler knows of the address: shared memory stays ld.shared.
  __device__ Value load(std::int64_t i) const {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "atomic words have 32 or 64 bits");
    using Word = cuda_detail::Word<T>;
    return cuda_detail::bits<Value>(Word(*reinterpret_cast<const volatile Word*>(data_ + i)));
  }
  __device__ void store(std::int64_t i, Value v) const {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "atomic words have 32 or 64 bits");
    using Word = cuda_detail::Word<T>;
    *reinterpret_cast<volatile Word*>(data_ + i) = cuda_detail::bits<Word>(v);
  }

  __device__ CudaView part(std::int64_t first, std::int64_t n) const { return {data_ + first, n}; }
  __device__ std::int64_t size() const { return size_; }

 private:
  T* data_;
  std::int64_t size_;  // unused by most bodies, so that no register holds it
};

/// The execution context of one thread on a device. One dimension; a warp is 32 threads.
class CudaExec {
 public:
  __device__ int thread() const { return int(threadIdx.x); }
  __device__ int threads() const { return int(blockDim.x); }
  __device__ int block() const { return int(blockIdx.x); }
  __device__ int blocks() const { return int(gridDim.x); }
  __device__ int lane() const { return int(threadIdx.x % 32); }
  __device__ int warp() const { return int(threadIdx.x / 32); }
  __device__ int warps() const { return int(blockDim.x / 32); }

  __device__ void sync_block() const { __syncthreads(); }
  __device__ void sync_warp() const { __syncwarp(); }

  template <class T>
  __device__ T shuffle(const T& v, int lane) const {
    return cuda_detail::bits<T>(__shfl_sync(all, cuda_detail::bits<Carried<T>>(v), lane));
  }
  template <class T>
  __device__ T shuffle_xor(const T& v, int mask) const {
    return cuda_detail::bits<T>(__shfl_xor_sync(all, cuda_detail::bits<Carried<T>>(v), mask));
  }
  template <class T>
  __device__ T shuffle_down(const T& v, int delta) const {
    return cuda_detail::bits<T>(__shfl_down_sync(all, cuda_detail::bits<Carried<T>>(v), unsigned(delta)));
  }
  __device__ std::uint32_t ballot(bool b) const { return __ballot_sync(all, b); }

  /// Cut from one arena, each piece at a multiple of 16 bytes: a launch asks for the sum (LaunchShape::shared_bytes).
  template <class T>
  __device__ CudaView<T> shared(std::int64_t n) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 16);
    extern __shared__ __align__(16) unsigned char radloom_arena[];
    auto* const piece = reinterpret_cast<T*>(radloom_arena + used_);
    used_ += (unsigned(n) * unsigned(sizeof(T)) + 15u) & ~15u;
    return {piece, n};
  }
  template <class T>
  __device__ CudaView<T> global(const Span<T>& span) const {
    return {span.data, span.size};
  }

 private:
  static constexpr unsigned all = 0xffffffffu;
  template <class T>
  using Carried = cuda_detail::Word<T>;

  unsigned used_ = 0;
};

}  // namespace radloom
