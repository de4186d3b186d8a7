#include "app/display.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace windtunnel::app {
namespace {

using namespace std::chrono_literals;
using experiment::ProgressBoard;
using experiment::RunProgress;

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string bar(double share, std::size_t width) {
  const auto full = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(width)));
  return std::string(full, '#') + std::string(width - full, '.');
}

std::string line(const RunProgress& run) {
  const double share = run.rounds == 0 ? 0 : static_cast<double>(run.round) / static_cast<double>(run.rounds);
  std::string text = fmt::format("{:<24.24} [{}] {:>{}}/{}  {:>12}  {:>10}", run.name, bar(share, 20), run.round,
                                 std::to_string(run.rounds).size(), run.rounds, format(run.simulated), format(run.cost));
  if (run.accuracy && !std::isnan(*run.accuracy)) text += fmt::format("  {:.1f} %", *run.accuracy * 100);
  return text;
}

std::string summary(const ProgressBoard::View& view, std::chrono::steady_clock::duration elapsed) {
  std::string text = fmt::format("{} of {} runs done", view.finished, view.to_do);
  if (view.finished > 0 && view.finished < view.to_do) {
    const auto left = elapsed / view.finished * (view.to_do - view.finished);
    text += fmt::format(", about {} left", format(std::chrono::round<std::chrono::seconds>(left)));
  }
  return text;
}

}  // namespace

Display::Display(ProgressBoard& board, bool quiet, const experiment::StopFlag& stop)
    : board_(board), quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1), stop_(stop), start_(std::chrono::steady_clock::now()),
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
  if (drawn_ > 0) out += fmt::format("\r\x1b[{}A\x1b[J", drawn_);  // ^C may stand on the last line
  drawn_ = 0;
  for (const std::string& note : view.notes) out += note + "\n";
  if (stop_ && !std::exchange(stopping_, true)) out += "windtunnel: stopping…; again to stop now\n";
  if (terminal_ && !last && view.to_do > 0) {
    const std::size_t width = terminal_width();
    std::vector<std::string> lines;
    for (const RunProgress& run : view.running) lines.push_back(line(run));
    lines.push_back(summary(view, std::chrono::steady_clock::now() - start_));
    for (const std::string& text : lines) out += text.substr(0, width - 1) + "\n";
    drawn_ = lines.size();
  }
  if (out.empty()) return;
  std::fputs(out.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace windtunnel::app
