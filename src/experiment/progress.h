// What is going on, for a display: written by the threads that run, read by the one that shows.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"

namespace windtunnel::experiment {

/// One run under way.
struct RunProgress {
  std::string name;
  std::int64_t round = 0, rounds = 0;  ///< finished, and to do
  Duration simulated{};
  Usd cost;
  std::optional<double> accuracy;  ///< of the latest evaluation
};

class ProgressBoard {
 public:
  struct View {
    std::vector<RunProgress> running;  ///< by run
    std::int64_t finished = 0, to_do = 0;  ///< runs of this session
    std::vector<std::string> notes;        ///< said since the last look
  };

  void start(std::int64_t to_do);
  void update(std::int64_t run, RunProgress progress);
  void finished(std::int64_t run);
  /// A line for the person at the terminal.
  void note(std::string text);

  /// Everything, and the notes that nobody has seen yet.
  View look();

 private:
  std::mutex mutex_;
  std::map<std::int64_t, RunProgress> running_;
  std::int64_t finished_ = 0, to_do_ = 0;
  std::vector<std::string> notes_;
};

}  // namespace windtunnel::experiment
