#include "cli/progress.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/text_table.hpp"

namespace radloom::cli {

using namespace std::chrono_literals;

namespace {

std::size_t columns_of_terminal() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col : 80;
}

/// What limits the run, by the shares of the time that cases took.
std::string stages(const cohort::Occupancy& busy) {
  const double all = busy.reading + busy.computing + busy.writing + busy.waiting;
  if (!(all > 0)) return {};
  std::string text =
      fmt::format(", reading {:.0f} % computing {:.0f} %", 100 * busy.reading / all, 100 * busy.computing / all);
  if (busy.writing > 0.01 * all) text += fmt::format(" writing {:.0f} %", 100 * busy.writing / all);
  if (busy.waiting > 0.01 * all) text += fmt::format(" waiting for memory {:.0f} %", 100 * busy.waiting / all);
  return text;
}

}  // namespace

Progress::Progress(const Session& session)
    : session_(session), bar_(is_terminal(stderr) && session.log->should_log(spdlog::level::info)) {}

Progress::~Progress() { clear(); }

void Progress::clear() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void Progress::show(const cohort::BatchProgress& p) {
  if (p.done == 0 || !is_due()) return;
  const double seconds = std::chrono::duration<double>(last_ - start_).count();
  const double rate = double(p.done) / seconds;
  const std::size_t finished = p.done + p.kept;
  const std::string state = fmt::format("{} of {} cases, {:.3g} cases/s, {} voxels/s, {} left{}", finished, p.cases,
                                rate, scaled(double(p.voxels) / seconds), clock_text(double(p.cases - finished) / rate),
                                p.failed ? fmt::format(", {} failed", p.failed) : "") +
                            stages(p.occupancy);
  draw(double(finished) / double(p.cases), state);
}

void Progress::show(const MapProgress& p) {
  if (p.done == 0 || !is_due()) return;
  const double rate = double(p.done) / std::chrono::duration<double>(last_ - start_).count();
  draw(double(p.done) / double(p.total),
      fmt::format("{} of {} neighbourhoods, {}/s, {} left", scaled(double(p.done)), scaled(double(p.total)),
          scaled(rate), clock_text(double(p.total - p.done) / rate)));
}

bool Progress::is_due() {
  const auto now = Clock::now();
  if (now - last_ < (bar_ ? 100ms : 5s)) return false;
  last_ = now;
  return true;
}

void Progress::draw(double part, const std::string& state) {
  if (!bar_) {
    session_.log->info("{}", state);
    return;
  }
  constexpr std::size_t width = 20;
  const auto full = std::min(width, std::size_t(double(width) * part));
  const std::string line = fmt::format("[{}{}] {}", std::string(full, '#'), std::string(width - full, '.'), state);
  fmt::print(
      stderr, "\r\033[K{}", line.substr(0, columns_of_terminal() - 1));  // a line that wraps could not be taken back
  std::fflush(stderr);
  drawn_ = true;
}

std::string clock_text(double seconds) {
  const auto whole = std::int64_t(std::ceil(seconds));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace radloom::cli
