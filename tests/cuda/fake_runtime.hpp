#pragma once
/// CUDA's runtime as far as CudaDevice calls it, played on the host, so that what CudaDevice does with it is tested where there is no
/// device: the order of calls, what is given back, what errors become. Kernels do not run; the emulator of tests/simt does that.
///
/// Work on a stream waits until somebody synchronises, as late as it may. Linked in place of the runtime, by this program alone.
#include <cuda_runtime_api.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace radloom::fake {

struct Launch {
  const void* kernel;
  unsigned blocks, threads;
  std::size_t shared_bytes;
  int stream;
};

/// A device that the fake driver shows.
struct FakeDevice {
  std::string name = "Fake GPU";
  std::size_t memory = std::size_t(8) << 30, free = std::size_t(8) << 30;
  int major = 9, minor = 0, processors = 4, mode = cudaComputeModeDefault, pools = 1;
};

/// What the test may set, and what it may look at.
struct Runtime {
  int driver_version = 13000;
  std::vector<FakeDevice> devices{FakeDevice{}};
  cudaError_t count_error = cudaSuccess;

  /// The n-th call from now on of a function (1 is the next) returns an error; `sticky`: and so does every later call of any.
  void fail(const std::string& function, cudaError_t error, int call = 1, bool sticky = false);
  /// Fails no more, as no real runtime does after a sticky error: for a test's end.
  void recover();
  std::size_t pool_limit = std::size_t(8) << 30;  ///< bytes an allocation of a pool may reach in all
  std::size_t pool_keeps = 0;                     ///< bytes of that which the pool holds idle until it is trimmed

  std::map<std::string, int> calls;
  std::vector<Launch> launches;
  std::map<const void*, int> opened;  ///< kernels and the dynamic shared memory they were given
  int streams = 0, events = 0, pools = 0;
  std::size_t pool_bytes = 0, pinned_blocks = 0;
  std::uint64_t release_threshold = 0;
  unsigned stream_flags = 0, event_flags = 0;
  int current_device = -1;
};

/// The runtime of this process; `reset` makes a new one.
Runtime& runtime();
void reset();

}  // namespace radloom::fake
