#pragma once
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/cuda/flight.hpp"

namespace radloom::backend {

/// What a device backend has done so far.
struct DeviceStatistics {
  std::int64_t flights = 0;  ///< batches sent to a device
  std::int64_t regions = 0;
  std::int64_t splits = 0;    ///< flights that did not fit the device's memory and were halved
  std::size_t peak_bytes = 0;  ///< of device memory, the most of any device
};

/// Measures on one or several devices. Calls of `measure` from any number of threads queue their regions; one worker a device takes what is
/// waiting, as much as its memory holds, and sends it in one flight, so that regions of many cases share a launch. While one
/// flight is measured the next is packed and copied on another stream.
///
/// Images stay on the host until they are measured: `derive` runs on the cpu, and only the boxes of regions cross the bus.
///
/// A flight that does not fit is halved and tried again. A device that fails takes the regions in flight with it
/// (`device_failed`), and what comes later when no device is left.
template <AnyDevice Device>
class DeviceBackend final : public Backend {
 public:
  DeviceBackend(std::string name, std::vector<std::unique_ptr<Device>> devices, int threads)
      : name_(std::move(name)), host_(make_cpu_backend(threads)), devices_(std::move(devices)),
        working_(int(devices_.size())) {
    for (auto& device : devices_) workers_.emplace_back([this, d = device.get()] { work(*d); });
  }
  ~DeviceBackend() override {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    arrived_.notify_all();
    for (auto& worker : workers_) worker.join();
  }

  std::string name() const override { return name_; }
  void run(const std::function<void()>& job) const override { host_->run(job); }
  ImageHandle upload(const Volume& volume) const override { return host_->upload(volume); }
  Volume download(const ImageHandle& image) const override { return host_->download(image); }
  std::vector<ImageHandle> derive(std::span<const Derivation> requests, std::stop_token stop) const override {
    return host_->derive(requests, stop);
  }

  std::vector<Measurement> measure(const Batch& batch, std::stop_token stop) const override {
    if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
    std::vector<Measurement> out(batch.regions.size());
    if (out.empty()) return out;
    Request request{out.size(), {}, nullptr};
    auto answered = request.answered.get_future();
    {
      const std::lock_guard lock(mutex_);
      for (std::size_t i = 0; i < out.size(); ++i) {
        const Region& r = batch.regions[i];
        waiting_.push_back({{&r, host_->download(r.image), &out[i]}, &request, Wanted(r), batch.keep_matrices});
      }
      if (working_ == 0) fail_waiting();
    }
    arrived_.notify_all();
    answered.get();
    return out;
  }

  DeviceStatistics statistics() const {
    const std::lock_guard lock(mutex_);
    auto s = statistics_;
    for (const auto& d : devices_) s.peak_bytes = std::max(s.peak_bytes, d->peak_bytes());
    return s;
  }

 private:
  struct Request {
    std::size_t left;
    std::promise<void> answered;
    std::exception_ptr defect;
  };
  struct Waiting {
    Passenger passenger;
    Request* request;
    Wanted wanted;
    bool keep_matrices;
    bool travels_with(const Waiting& o) const {
      return passenger.region->settings == o.passenger.region->settings &&
             passenger.region->convention == o.passenger.region->convention && wanted == o.wanted &&
             keep_matrices == o.keep_matrices;
    }
    /// Device memory this region is reckoned to take while it is measured; wrong guesses are halved later.
    std::size_t cost() const { return std::size_t(passenger.region->mask.geometry().voxels()) * 96 + (1 << 20); }
  };
  using Load = std::vector<Waiting>;
  struct InFlight {
    Load load;
    std::unique_ptr<Flight<Device>> flight;
  };

  void work(Device& device) const {
    Stream stream = 0;
    InFlight before;  // measured, not landed
    try {
      for (;;) {
        Load load = take(device, before.flight == nullptr);
        if (load.empty() && !before.flight) return;
        InFlight next;
        if (!load.empty()) {
          stream = (stream + 1) % device.streams();
          next = send(device, stream, std::move(load), before);
        }
        land(before);
        before = std::move(next);
      }
    } catch (const DeviceLost& e) {
      fail(before.load, {std::string(code_name(ErrorCode::device_failed)), e.what()});
      before.flight.reset();
      const std::lock_guard lock(mutex_);
      if (--working_ == 0) fail_waiting();
    }
  }

  /// What is waiting and goes together, up to what the device holds twice over. Blocks for work if `block`; empty when there is none.
  Load take(const Device& device, bool block) const {
    std::unique_lock lock(mutex_);
    if (block) arrived_.wait(lock, [&] { return closing_ || !waiting_.empty(); });
    Load load;
    const std::size_t most = device.memory_budget() / 2;
    std::size_t cost = 0, all = 0;
    for (const auto& w : waiting_) all += w.cost();
    const std::size_t share = all / std::size_t(working_) + 1;  // the other devices get theirs
    for (auto w = waiting_.begin(); w != waiting_.end();) {
      if (!load.empty() && (!w->travels_with(load.front()) || cost + w->cost() > most || cost >= share)) {
        ++w;
        continue;
      }
      cost += w->cost();
      load.push_back(std::move(*w));
      w = waiting_.erase(w);
    }
    statistics_.flights += !load.empty();
    statistics_.regions += std::int64_t(load.size());
    return load;
  }

  /// Starts a flight. What does not fit waits for `before` to land, then goes in halves. Throws DeviceLost after failing the load.
  InFlight send(Device& device, Stream stream, Load load, InFlight& before) const {
    for (;;) {
      try {
        std::vector<Passenger> passengers;
        for (const auto& w : load) passengers.push_back(w.passenger);
        InFlight out;
        out.flight = std::make_unique<Flight<Device>>(
            device, stream, std::move(passengers), load.front().keep_matrices);
        out.flight->measure();
        out.load = std::move(load);
        return out;
      } catch (const DeviceOutOfMemory&) {
        if (before.flight) {
          land(before);
          continue;
        }
        if (load.size() == 1) {
          fail(load, {std::string(code_name(ErrorCode::memory_exhausted)),
                         "the device has not enough memory for this region; use --device cpu, or fewer gray levels"});
          return {};
        }
        const std::lock_guard lock(mutex_);
        ++statistics_.splits;
        waiting_.insert(waiting_.begin(), std::make_move_iterator(load.begin() + std::ptrdiff_t(load.size() / 2)),
            std::make_move_iterator(load.end()));
        load.resize(load.size() / 2);
      } catch (const DeviceLost& e) {
        fail(load, {std::string(code_name(ErrorCode::device_failed)), e.what()});
        throw;
      } catch (...) {
        answer(load, std::current_exception());
        return {};
      }
    }
  }

  void land(InFlight& f) const {
    if (!f.flight) return;
    std::exception_ptr defect;
    try {
      f.flight->land();
    } catch (const DeviceLost&) {
      throw;  // the worker fails what is in flight
    } catch (...) {
      defect = std::current_exception();
    }
    f.flight.reset();
    answer(f.load, defect);
    f.load.clear();
  }

  void fail(Load& load, const Failure& failure) const {
    for (auto& w : load) {
      *w.passenger.measurement = {};
      w.passenger.measurement->failure = failure;
    }
    answer(load);
    load.clear();
  }
  /// No device is left: what waits fails. The mutex is held.
  void fail_waiting() const {
    Load load(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
    waiting_.clear();
    fail(load, {std::string(code_name(ErrorCode::device_failed)), "no device is left to compute on"});
  }
  void answer(Load& load, const std::exception_ptr& defect = nullptr) const {
    const std::lock_guard lock(answering_);
    for (auto& w : load) {
      if (defect) w.request->defect = defect;
      if (--w.request->left == 0) {
        if (w.request->defect) w.request->answered.set_exception(w.request->defect);
        else w.request->answered.set_value();
      }
    }
  }

  std::string name_;
  std::unique_ptr<Backend> host_;
  std::vector<std::unique_ptr<Device>> devices_;
  mutable std::mutex mutex_;
  mutable std::mutex answering_;  ///< a request's regions may be in flight on several devices
  mutable std::condition_variable arrived_;
  mutable std::deque<Waiting> waiting_;
  mutable DeviceStatistics statistics_;
  mutable int working_;  ///< devices that have not failed
  bool closing_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace radloom::backend
