// Shows a ProgressBoard on a terminal while something else runs: a line per run under way and one for the whole. Without a
// terminal only the notes are printed.
#pragma once

#include <thread>

#include "experiment/interrupt.h"
#include "experiment/progress.h"

namespace windtunnel::app {

/// Draws on standard error from its construction to its end, ten times a second.
class Display {
 public:
  /// Once `stop` is set, says so at once.
  Display(experiment::ProgressBoard& board, bool quiet, int jobs, const experiment::StopFlag& stop);
  ~Display();
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

 private:
  void show(bool last);

  experiment::ProgressBoard& board_;
  const bool quiet_;
  const bool terminal_;
  const experiment::StopFlag& stop_;
  const int jobs_;
  bool stopping_ = false, forecast_ = false;  // has been said
  const std::chrono::steady_clock::time_point start_;
  std::size_t drawn_ = 0;  // lines on the screen that the next drawing replaces
  std::jthread thread_;
};

}  // namespace windtunnel::app
