#include "experiment/progress.h"

#include <utility>

namespace windtunnel::experiment {

void ProgressBoard::start(std::int64_t to_do) {
  const std::lock_guard lock(mutex_);
  finished_ = 0;
  to_do_ = to_do;
}

void ProgressBoard::update(std::int64_t run, RunProgress progress) {
  const std::lock_guard lock(mutex_);
  running_[run] = std::move(progress);
}

void ProgressBoard::finished(std::int64_t run) {
  const std::lock_guard lock(mutex_);
  running_.erase(run);
  ++finished_;
}

void ProgressBoard::note(std::string text) {
  const std::lock_guard lock(mutex_);
  notes_.push_back(std::move(text));
}

ProgressBoard::View ProgressBoard::look() {
  const std::lock_guard lock(mutex_);
  View view{.running = {}, .finished = finished_, .to_do = to_do_, .notes = std::exchange(notes_, {})};
  for (const auto& [run, progress] : running_) view.running.push_back(progress);
  return view;
}

}  // namespace windtunnel::experiment
