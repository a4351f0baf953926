#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/cuda/derive.hpp"
#include "backend/cuda/device_image.hpp"
#include "backend/cuda/flight.hpp"
#include "backend/shares.hpp"
#include "kernels/maps/stage.hpp"

namespace radloom::backend {

/// What a device backend has done so far.
struct DeviceStatistics {
  std::int64_t flights = 0;  ///< batches of regions sent to a device
  std::int64_t regions = 0;
  std::int64_t derived = 0;         ///< images made on a device
  std::int64_t neighbourhoods = 0;  ///< of maps, measured on a device
  std::int64_t splits = 0;          ///< flights that did not fit the device's memory and were halved
};

/// Derives and measures on one or several devices. Calls from any number of threads queue what they want; one worker a device takes what
/// is waiting, as much as its memory holds, and sends it in one flight, so that images and regions of many cases share a
/// launch. While one flight is measured the next is packed and copied on another stream. Only a worker talks to its device.
///
/// Filters that have kernels run on the device and leave their images there; what does not fit its memory and all else that is derived is made on the
/// host, and
/// only the boxes of regions cross the bus. Columns without kernels are measured on the host while the device works.
/// Maps are measured a stretch of voxels at a time, as far as shared memory holds a neighbourhood.
///
/// A flight that does not fit is halved and tried again. A device that fails takes what is in flight on it along
/// (`device_failed`), and what comes later when no device is left.
template <AnyDevice Device>
class DeviceBackend final : public Backend {
 public:
  DeviceBackend(std::string name, std::vector<std::unique_ptr<Device>> devices, int threads)
      : name_(std::move(name)), host_(make_cpu_backend(threads)), working_(int(devices.size())) {
    for (auto& device : devices) {
      auto& lane = *lanes_.emplace_back(std::make_unique<Lane>());
      lane.device = std::move(device);
      lane.index = lanes_.size() - 1;
    }
    for (auto& lane : lanes_) workers_.emplace_back([this, l = lane.get()] { work(*l); });
  }
  ~DeviceBackend() override {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    arrived_.notify_all();
    for (auto& worker : workers_) worker.join();
    for (auto& lane : lanes_) lane->returned->give_back();
  }

  std::string name() const override { return name_; }
  void run(const std::function<void()>& job) const override { host_->run(job); }
  ImageHandle upload(const Volume& volume) const override { return host_->upload(volume); }

  Volume download(const ImageHandle& image) const override {
    const auto* there = resident(image);
    if (!there) return host_->download(image);
    Lane& lane = *lanes_[there->resident()->lane];
    return on(lane, [&](Device& device) { return bring_home(device, *there); });
  }

  std::vector<ImageHandle> derive(std::span<const Derivation> requests, std::stop_token stop) const override {
    std::vector<std::vector<ImageHandle>> made(requests.size());
    std::vector<std::size_t> here, there;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const auto* source = resident(requests[i].source);
      if (source && requests[i].kind == Derivation::Kind::crop) made[i] = {source->part(requests[i].box)};
      else (has_kernels(requests[i]) && working() ? there : here).push_back(i);
    }
    if (!there.empty()) derive_there(requests, there, made, here);
    for (const auto i : here) {
      const Derivation d = at_home(requests[i]);
      made[i] = host_->derive({&d, 1}, stop);
    }
    std::vector<ImageHandle> out;
    for (auto& images : made)
      for (auto& image : images) out.push_back(std::move(image));
    return out;
  }

  std::vector<Measurement> measure(const Batch& batch, std::stop_token stop) const override {
    if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
    const Shares shares(batch);
    auto out = measure_there(shares.there(), batch.keep_matrices, [&] { return measure_here(shares.here(), stop); });
    return shares.put_together(std::move(out));
  }

  maps::Elsewhere maps() const override {
    return [this](const maps::Task& task, std::span<double> averaged, std::span<double> merged) {
      if (!working()) return false;
      Lane& lane = next_lane();
      const bool measured = on(lane, [&](Device& device) {
        maps::Stage<Device> stage(device, stream_of(lane), task);
        if (stage.fits()) stage.measure(std::int64_t(features(task.family).size()), averaged, merged);
        return stage.fits();
      });
      const std::lock_guard lock(mutex_);
      if (measured) statistics_.neighbourhoods += std::int64_t(task.at.size());
      return measured;
    };
  }

  std::size_t peak_device_bytes() const override {
    std::size_t most = 0;
    for (const auto& lane : lanes_) most = std::max(most, lane->device->peak_bytes());
    return most;
  }

  DeviceStatistics statistics() const {
    const std::lock_guard lock(mutex_);
    return statistics_;
  }

 private:
  /// Makes the images of `which` on a device, in halves where its memory does not suffice; what does not fit alone is left to `here`.
  void derive_there(std::span<const Derivation> requests, std::span<const std::size_t> which,
      std::vector<std::vector<ImageHandle>>& made, std::vector<std::size_t>& here) const {
    Lane& lane = next_lane();
    std::vector<Derivation> wanted;
    for (const auto i : which) wanted.push_back(at_home(requests[i]));
    try {
      auto images = on(lane, [&](Device& device) {
        return derive_on(
            device, lane.index, stream_of(lane), std::span<const Derivation>(wanted),
            [this](const ImageHandle& image) { return host_->download(image); }, lane.returned);
      });
      for (std::size_t k = 0; k < which.size(); ++k) made[which[k]] = std::move(images[k]);
      const std::lock_guard lock(mutex_);
      for (const auto i : which) statistics_.derived += std::int64_t(made[i].size());
    } catch (const Error& e) {
      if (e.code() != ErrorCode::memory_exhausted) throw;
      if (which.size() == 1) return here.push_back(which[0]);
      derive_there(requests, which.first(which.size() / 2), made, here);
      derive_there(requests, which.subspan(which.size() / 2), made, here);
    }
  }

  /// What the device measures of these regions, then what `meanwhile` gives, which runs while the device works.
  template <class F>
  std::pair<std::vector<Measurement>, std::vector<Measurement>> measure_there(
      std::span<const DeviceShare> regions, bool keep_matrices, const F& meanwhile) const {
    std::pair<std::vector<Measurement>, std::vector<Measurement>> result;
    auto& out = result.first;
    out.resize(regions.size());
    if (out.empty()) {
      result.second = meanwhile();
      return result;
    }
    std::vector<Waiting> asked;
    Request request{out.size(), {}, nullptr};
    for (std::size_t i = 0; i < out.size(); ++i) {
      const DeviceShare& r = regions[i];
      Waiting w{{&r, ScalarType::uint8, {}, {}, &out[i], r.approach}, &request, Wanted(r),
          keep_matrices && r.keeps_matrices, nullptr};
      if (const auto* there = resident(r.image)) {
        const auto& memory = *there->resident();
        w.lane = lanes_[memory.lane].get();
        w.passenger.type = there->type();
        w.passenger.resident = {memory.memory.span(), memory.size, there->first(), memory.ready};
      } else {
        w.passenger.image = host_->download(r.image);
        w.passenger.type = w.passenger.image.type();
      }
      w.passenger.intensity_mask = r.intensity_mask;
      if (w.wanted[Family::loc_int] && r.surroundings) look_around(r, w);
      asked.push_back(std::move(w));
    }
    auto answered = request.answered.get_future();
    Load lost;
    {
      const std::lock_guard lock(mutex_);
      for (auto& w : asked) (working_ == 0 || (w.lane && w.lane->lost) ? lost : waiting_).push_back(std::move(w));
    }
    fail(lost, no_device());
    arrived_.notify_all();
    // The workers hold pointers into this call: nothing may leave it before they have answered.
    std::exception_ptr trouble;
    try {
      result.second = meanwhile();
    } catch (...) {
      trouble = std::current_exception();
    }
    answered.get();
    if (trouble) std::rethrow_exception(trouble);
    return result;
  }

  /// What the host measures of regions whose images may lie on the device.
  std::vector<Measurement> measure_here(std::vector<Region> regions, std::stop_token stop) const {
    if (regions.empty()) return {};
    for (auto& r : regions) {
      if (resident(r.image)) r.image = host_->upload(download(r.image));
      if (resident(r.surroundings)) r.surroundings = {};  // only the device looks at them
    }
    return host_->measure({std::move(regions), false}, stop);
  }

  /// A device, what only it can do, and the stream it used last.
  struct Lane {
    std::unique_ptr<Device> device;
    std::size_t index = 0;
    std::deque<std::function<void(Device*)>> jobs;  ///< given null once the device is lost
    std::shared_ptr<Returned<Device>> returned = std::make_shared<Returned<Device>>();
    Stream stream = 0;
    bool lost = false;
  };
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
    Lane* lane;  ///< the only one that can take it; null for any
    bool travels_with(const Waiting& o) const {
      return passenger.region->settings == o.passenger.region->settings &&
             passenger.region->convention == o.passenger.region->convention &&
             passenger.approach == o.passenger.approach && wanted == o.wanted && keep_matrices == o.keep_matrices;
    }
    /// Device memory this region is reckoned to take while it is measured; wrong guesses are halved later.
    std::size_t cost() const {
      const auto& around = passenger.surroundings;
      return std::size_t(passenger.region->mask.geometry().voxels()) * (wanted.further_shape ? 320 : 96) +
             std::size_t(around ? around->part.voxels() : 0) * 16 + (1 << 20);
    }
  };
  using Load = std::deque<Waiting>;
  struct InFlight {
    Load load;
    std::unique_ptr<Flight<Device>> flight;
  };

  static const DeviceImage<Device>* resident(const ImageHandle& image) {
    return dynamic_cast<const DeviceImage<Device>*>(image.get());
  }
  /// What lies around a region, as far as local intensities reach.
  void look_around(const Region& r, Waiting& w) const {
    const Geometry& g = r.surroundings->geometry();
    Surroundings s{loc_int::reach(g, r.place, r.mask.geometry().size), {}, {}, {}, g.spacing_mm, r.place};
    const auto* there = resident(r.surroundings);
    Lane* const lane = there ? lanes_[there->resident()->lane].get() : nullptr;
    if (lane && (!w.lane || w.lane == lane)) {
      const auto& memory = *there->resident();
      w.lane = lane;
      s.type = there->type();
      s.resident = {memory.memory.span(), memory.size, there->first(), memory.ready};
    } else {
      s.image = download(r.surroundings);
      s.type = s.image.type();
    }
    w.passenger.surroundings = std::move(s);
  }

  /// The same with its source on the host.
  Derivation at_home(Derivation d) const {
    if (resident(d.source)) d.source = host_->upload(download(d.source));
    return d;
  }
  bool working() const {
    const std::lock_guard lock(mutex_);
    return working_ > 0;
  }
  Lane& next_lane() const {
    const std::lock_guard lock(mutex_);
    Lane* best = nullptr;
    for (const auto& lane : lanes_)
      if (!lane->lost && (!best || lane->jobs.size() < best->jobs.size())) best = lane.get();
    return best ? *best : *lanes_.front();
  }
  static Stream stream_of(Lane& lane) { return lane.stream = (lane.stream + 1) % lane.device->streams(); }
  static Failure no_device() {
    return {std::string(code_name(ErrorCode::device_failed)), "the device failed, and no other is left"};
  }

  /// Has the lane's worker do f(device), and waits. Throws what f throws; Error(device_failed) where the device is lost,
  /// Error(memory_exhausted) where its memory does not suffice.
  template <class F>
  auto on(Lane& lane, const F& f) const {
    using Result = std::invoke_result_t<F, Device&>;
    std::promise<Result> promise;
    auto result = promise.get_future();
    {
      const std::lock_guard lock(mutex_);
      const auto job = [&](Device* device) {
        try {
          if (!device) throw Error(ErrorCode::device_failed, no_device().message);
          promise.set_value(f(*device));
        } catch (const DeviceOutOfMemory&) {
          promise.set_exception(std::make_exception_ptr(
              Error(ErrorCode::memory_exhausted, "the device has not enough memory for this image; use --device cpu")));
        } catch (const DeviceLost& e) {
          promise.set_exception(std::make_exception_ptr(Error(ErrorCode::device_failed, e.what())));
          throw;
        } catch (...) {
          promise.set_exception(std::current_exception());
        }
      };
      if (lane.lost) job(nullptr);
      else lane.jobs.push_back(job);
    }
    arrived_.notify_all();
    return result.get();
  }

  void work(Lane& lane) const {
    InFlight before, next;  // measured and not landed; taken after it
    try {
      for (;;) {
        lane.returned->give_back();
        next.load = take(lane, before.flight == nullptr);
        if (next.load.empty() && !before.flight) return;
        if (!next.load.empty()) send(lane, next, before);
        land(before);
        before = std::exchange(next, {});
      }
    } catch (const DeviceLost& e) {  // and with it whatever it has of either
      for (InFlight* f : {&before, &next}) {
        f->flight.reset();
        fail(f->load, {std::string(code_name(ErrorCode::device_failed)), e.what()});
      }
      close(lane);
    }
  }

  /// After a loss: nothing can be done on this lane any more.
  void close(Lane& lane) const {
    Load lost;
    std::deque<std::function<void(Device*)>> jobs;
    {
      const std::lock_guard lock(mutex_);
      lane.lost = true;
      --working_;
      jobs.swap(lane.jobs);
      for (auto w = waiting_.begin(); w != waiting_.end();)
        if (working_ == 0 || w->lane == &lane) {
          lost.push_back(std::move(*w));
          w = waiting_.erase(w);
        } else {
          ++w;
        }
    }
    for (const auto& job : jobs) job(nullptr);
    fail(lost, no_device());
  }

  /// Does the lane's jobs, then gives what is waiting and goes together, up to half of what the device holds. Blocks for work if
  /// `block`; empty when there is none.
  Load take(Lane& lane, bool block) const {
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto mine = [&](const Waiting& w) { return !w.lane || w.lane == &lane; };
      const auto any = [&] { return std::any_of(waiting_.begin(), waiting_.end(), mine); };
      if (block) arrived_.wait(lock, [&] { return closing_ || !lane.jobs.empty() || any(); });
      while (!lane.jobs.empty()) {
        const auto job = std::move(lane.jobs.front());
        lane.jobs.pop_front();
        lock.unlock();
        job(lane.device.get());
        lock.lock();
      }
      if (block && !closing_ && !any()) continue;
      Load load;
      const std::size_t most = lane.device->memory_budget() / 2;
      std::size_t cost = 0, all = 0;
      for (const auto& w : waiting_) all += w.cost();
      const std::size_t share = all / std::size_t(working_) + 1;  // the other devices get theirs
      for (auto w = waiting_.begin(); w != waiting_.end();) {
        if (!mine(*w) || (!load.empty() && (!w->travels_with(load.front()) || cost + w->cost() > most ||
                                               (!w->lane && cost >= share)))) {
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
  }

  /// Starts the flight of `next.load`; answers the load where that cannot be. What does not fit waits for `before` to land, then goes in halves.
  /// Throws DeviceLost and answers nobody then.
  void send(Lane& lane, InFlight& next, InFlight& before) const {
    Load& load = next.load;
    for (;;) {
      try {
        std::vector<Passenger> passengers;
        for (const auto& w : load) passengers.push_back(w.passenger);
        auto flight = std::make_unique<Flight<Device>>(
            *lane.device, stream_of(lane), std::move(passengers), load.front().keep_matrices);
        flight->measure();
        next.flight = std::move(flight);
        return;
      } catch (const DeviceOutOfMemory&) {
        lane.returned->give_back();
        if (before.flight) {
          land(before);
          continue;
        }
        if (load.size() == 1) {
          fail(load, {std::string(code_name(ErrorCode::memory_exhausted)),
                         "the device has not enough memory for this region; use --device cpu, or fewer gray levels"});
          return;
        }
        const std::lock_guard lock(mutex_);
        ++statistics_.splits;
        const auto half = load.begin() + std::ptrdiff_t(load.size() / 2);
        waiting_.insert(waiting_.begin(), std::make_move_iterator(half), std::make_move_iterator(load.end()));
        load.erase(half, load.end());
      } catch (const DeviceLost&) {
        throw;
      } catch (...) {
        answer(load, std::current_exception());
        return;
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
  }

  void fail(Load& load, const Failure& failure) const {
    for (auto& w : load) {
      *w.passenger.measurement = {};
      w.passenger.measurement->failure = failure;
    }
    answer(load);
  }
  /// Tells those who asked; nobody is left in the load.
  void answer(Load& load, const std::exception_ptr& defect = nullptr) const {
    const std::lock_guard lock(answering_);
    for (auto& w : load) {
      if (defect) w.request->defect = defect;
      if (--w.request->left == 0) {
        if (w.request->defect) w.request->answered.set_exception(w.request->defect);
        else w.request->answered.set_value();
      }
    }
    load.clear();
  }

  std::string name_;
  std::unique_ptr<Backend> host_;
  std::vector<std::unique_ptr<Lane>> lanes_;
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
