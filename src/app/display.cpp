#include "app/display.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/screen_text.h"

namespace windtunnel::app {
namespace {

using namespace std::chrono_literals;
using experiment::ProgressBoard;
using experiment::RunProgress;

struct Size {
  std::size_t columns = 80, rows = 24;
};

Size terminal_size() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

std::string bar(double share, std::size_t width) {
  const auto full = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(width)));
  return std::string(full, '#') + std::string(width - full, '.');
}

constexpr std::size_t longest_name = 40, least_bar = 5, longest_bar = 20;

// The run in so many columns: its figures, as much of its name as fits, and a bar in what is left.
std::string line(const RunProgress& run, std::size_t columns) {
  const double share = run.rounds == 0 ? 0 : static_cast<double>(run.round) / static_cast<double>(run.rounds);
  const std::string rounds = std::to_string(run.rounds);
  std::string figures = fmt::format("{:>{}}/{}", run.round, rounds.size(), rounds);
  if (run.accuracy && !std::isnan(*run.accuracy)) figures += fmt::format("  {:>5.1f} %", *run.accuracy * 100);
  figures += fmt::format("  {:>11}  {:>10}", format(run.simulated), format(run.cost));
  const std::string title = printable(run.name);
  const std::size_t left = columns > figures.size() + 2 ? columns - figures.size() - 2 : 0;
  const std::size_t name = std::min({columns_of(title), longest_name, left});
  std::string text = padded(clipped(title, name, Clip::middle), name) + "  " + figures;
  if (const std::size_t used = columns_of(text) + 4; columns >= used + least_bar) {
    text += fmt::format("  [{}]", bar(share, std::min(columns - used, longest_bar)));
  }
  return clipped(text, columns);
}

using WallTime = std::chrono::steady_clock::duration;

// How long the rest will take if it goes on as it has; nothing while too little is done to tell.
std::optional<WallTime> left_of(const ProgressBoard::View& view, WallTime elapsed) {
  double done = static_cast<double>(view.finished);
  for (const RunProgress& run : view.running) {
    if (run.rounds > 0) done += static_cast<double>(run.round) / static_cast<double>(run.rounds);
  }
  const double share = view.to_do > 0 ? done / static_cast<double>(view.to_do) : 0;
  if (share <= 0 || share >= 1 || elapsed < 3s) return std::nullopt;
  const std::chrono::duration<double> left = std::chrono::duration<double>(elapsed) * (1 - share) / share;
  return left.count() < 1e9 ? std::optional(std::chrono::duration_cast<WallTime>(left)) : std::nullopt;
}

// "12 min", "3.5 h": a forecast is not to be read to the second.
std::string about(WallTime time) {
  const double s = std::chrono::duration<double>(time).count();
  return s < 100 ? fmt::format("{:.0f} s", s) : s < 100 * 60 ? fmt::format("{:.0f} min", s / 60)
         : s < 48 * 3600 ? fmt::format("{:.1f} h", s / 3600) : fmt::format("{:.1f} d", s / 86400);
}

std::string summary(const ProgressBoard::View& view, std::optional<WallTime> left) {
  std::string text = fmt::format("{} of {} runs done", view.finished, view.to_do);
  if (left) text += fmt::format(", about {} left", about(*left));
  return text;
}

}  // namespace

Display::Display(ProgressBoard& board, bool quiet, int jobs, const experiment::StopFlag& stop)
    : board_(board), quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1), stop_(stop), jobs_(jobs), start_(std::chrono::steady_clock::now()),
      thread_([this](const std::stop_token& ended) {
        while (!ended.stop_requested()) {
          show(false);
          std::this_thread::sleep_for(100ms);
        }
      }) {}

Display::~Display() {
  thread_.request_stop();
  thread_.join();
  show(true);
}

void Display::show(bool last) {
  const ProgressBoard::View view = board_.look();
  if (quiet_) return;
  std::string out;
  // Lines are written over and their ends cleared, not the screen, which some terminals keep in their history each time.
  if (drawn_ > 0) out += fmt::format("\r\x1b[{}A", drawn_);  // ^C may stand on the last line
  const bool over = drawn_ > 0;
  const std::string end = terminal_ ? "\x1b[K\n" : "\n";
  drawn_ = 0;
  for (const std::string& note : view.notes) out += printable(note) + end;
  if (stop_ && !std::exchange(stopping_, true)) out += "windtunnel: stopping…; again to stop now" + end;
  const auto elapsed = std::chrono::steady_clock::now() - start_;
  const std::optional<WallTime> left = left_of(view, elapsed);
  // Once, for those who wait and for a log.
  if (!last && !stop_ && left && elapsed >= 5s && elapsed + *left >= 1min && !std::exchange(forecast_, true)) {
    out += fmt::format("windtunnel: this will take about {} on {} core{}", about(elapsed + *left), jobs_, jobs_ == 1 ? "" : "s") + end;
  }
  if (terminal_ && !last && view.to_do > 0) {
    const Size size = terminal_size();
    const std::size_t columns = std::max<std::size_t>(size.columns, 2) - 1;
    // What is drawn must stay on the screen: what has scrolled away cannot be drawn over.
    const std::size_t room = std::max<std::size_t>(size.rows, 4) - 3;
    const std::size_t shown = view.running.size() <= room ? view.running.size() : room - 1;
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < shown; ++i) lines.push_back(line(view.running[i], columns));
    if (shown < view.running.size()) lines.push_back(fmt::format("… and {} more under way", view.running.size() - shown));
    lines.push_back(clipped(summary(view, left), columns));
    for (const std::string& text : lines) out += text + end;
    drawn_ = lines.size();
  }
  if (over) out += "\x1b[J";  // what was drawn further down
  if (out.empty()) return;
  std::fputs(out.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace windtunnel::app
