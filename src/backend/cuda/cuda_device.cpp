#include "backend/cuda/cuda_device.hpp"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

#include "backend/cuda/cuda_state.hpp"

namespace radloom::backend {

static_assert(AnyDevice<CudaDevice>);

CudaDevice::CudaDevice(int ordinal, const CudaOptions& options)
    : state_(std::make_unique<CudaState>(ordinal, options)) {}
CudaDevice::~CudaDevice() = default;

std::string CudaDevice::name() const { return state_->name; }
int CudaDevice::ordinal() const { return state_->ordinal; }
int CudaDevice::streams() const { return int(state_->streams.size()); }
std::size_t CudaDevice::memory_budget() const { return state_->budget; }
std::size_t CudaDevice::shared_limit() const { return state_->shared_limit; }
std::size_t CudaDevice::peak_bytes() const { return state_->peak_bytes(); }

void* CudaDevice::allocate(std::size_t bytes, Stream stream) { return state_->allocate(bytes, stream); }
void CudaDevice::release(void* memory, Stream stream) noexcept { state_->release(memory, stream); }

void* CudaDevice::allocate_pinned(std::size_t bytes) {
  state_->enter();
  return state_->pinned.allocate(bytes);
}
void CudaDevice::release_pinned(void* memory) noexcept { state_->pinned.release(memory); }

void CudaDevice::upload(void* to, const void* from, std::size_t bytes, Stream stream) {
  state_->enter();
  state_->check(
      cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, state_->stream(stream)), "a copy to it was started");
}

void CudaDevice::download(void* to, const void* from, std::size_t bytes, Stream stream) {
  state_->enter();
  state_->check(
      cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, state_->stream(stream)), "a copy from it was started");
}

void CudaDevice::zero(void* memory, std::size_t bytes, Stream stream) {
  state_->enter();
  state_->check(cudaMemsetAsync(memory, 0, bytes, state_->stream(stream)), "memory was zeroed");
}

Event CudaDevice::record(Stream stream) { return state_->record(stream); }
void CudaDevice::wait(Stream stream, Event event) { state_->wait(stream, event); }
void CudaDevice::synchronise(Event event) { state_->synchronise(event); }

void CudaDevice::launch_kernel(
    const void* kernel, void* body, int most_threads, const LaunchShape& shape, Stream stream) {
  state_->enter();
  if (shape.blocks == 0) return;
  if (shape.blocks < 0 || shape.blocks > std::numeric_limits<std::int32_t>::max())
    throw std::logic_error(fmt::format("a launch of {} blocks", shape.blocks));
  if (shape.threads < 32 || shape.threads > most_threads || shape.threads % 32 != 0)
    throw std::logic_error(
        fmt::format("a launch of {} threads a block, where {} are the most", shape.threads, most_threads));
  if (shape.shared_bytes > state_->shared_limit)
    throw std::logic_error(fmt::format(
        "a launch with {} bytes of shared memory, where {} are the most", shape.shared_bytes, state_->shared_limit));
  constexpr std::size_t open_to_all = 48 * 1024;
  if (shape.shared_bytes > open_to_all) state_->open_shared(kernel);
  void* arguments[] = {body};
  state_->check(cudaLaunchKernel(kernel, dim3(unsigned(shape.blocks)), dim3(unsigned(shape.threads)), arguments,
                    shape.shared_bytes, state_->stream(stream)),
      "a kernel was launched");
}

}  // namespace radloom::backend
