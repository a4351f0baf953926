#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "backend/cuda/probe.hpp"
#include "radloom/error.hpp"

namespace radloom::backend {
namespace {

/// N of "cuda:N".
std::optional<int> ordinal_of(const std::string& device) {
  constexpr std::string_view start = "cuda:";
  if (!device.starts_with(start)) return std::nullopt;
  int ordinal = -1;
  const char *const first = device.data() + start.size(), *const last = device.data() + device.size();
  const auto [end, error] = std::from_chars(first, last, ordinal);
  if (error != std::errc() || end != last || ordinal < 0) return std::nullopt;
  return ordinal;
}

[[noreturn]] void unavailable(const std::string& device, const std::string& why) {
  throw Error(ErrorCode::device_unavailable, fmt::format("device {} cannot be had: {}; use --device cpu", device, why));
}

/// Why none of the devices can be used.
std::string why_none(const CudaProbe& probe) {
  if (probe.devices.empty()) return probe.why_none;
  std::string why;
  for (const auto& d : probe.devices)
    why += fmt::format("{}cuda:{} ({}): {}", why.empty() ? "" : ", ", d.ordinal, d.name, d.why_not);
  return why;
}

}  // namespace

std::string describe(const CudaReport& d) {
  std::string text = d.name;
  if (d.memory) text += fmt::format(", {:.1f} GiB", double(d.memory) / (1u << 30));
  if (d.major) text += fmt::format(", compute capability {}.{}", d.major, d.minor);
  if (d.processors) text += fmt::format(", {} multiprocessors", d.processors);
  return d.why_not.empty() ? text : fmt::format("{}: {}", text, d.why_not);
}

DeviceChoice choose_device(const std::string& device, const CudaProbe& probe) {
  DeviceChoice choice;
  if (device == "cpu") return choice;
  if (device == "auto" || device == "cuda") {
    for (const auto& d : probe.devices) {
      if (!d.why_not.empty()) continue;
      choice.cuda.push_back(d.ordinal);
      if (device == "auto") choice.why += fmt::format("{}{}", choice.why.empty() ? "" : "; ", describe(d));
    }
    if (choice.cuda.empty()) {
      if (device == "cuda") unavailable(device, why_none(probe));
      choice.why = why_none(probe);
    }
    return choice;
  }
  const auto ordinal = ordinal_of(device);
  if (!ordinal)
    throw Error(ErrorCode::usage, fmt::format("'{}' is not a device; use auto, cpu, cuda or cuda:N", device));
  if (probe.devices.empty()) unavailable(device, probe.why_none);
  const auto found = std::find_if(
      probe.devices.begin(), probe.devices.end(), [&](const CudaReport& d) { return d.ordinal == *ordinal; });
  if (found == probe.devices.end())
    unavailable(device, probe.devices.size() == 1 ? "there is one device, cuda:0"
                                                  : fmt::format("there are {} devices, cuda:0 to cuda:{}",
                                                        probe.devices.size(), probe.devices.size() - 1));
  if (!found->why_not.empty()) unavailable(device, fmt::format("{}: {}", found->name, found->why_not));
  choice.cuda.push_back(*ordinal);
  return choice;
}

}  // namespace radloom::backend
