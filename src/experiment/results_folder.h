// A folder of results that this process alone writes to. Promise: as long as one lives, every other ResultsFolder of the
// same folder is refused, in this process and in any other of this machine (of a network file system: wherever it locks);
// when its process ends, in whatever way, the folder is free.
#pragma once

#include <filesystem>

namespace windtunnel::experiment {

class ResultsFolder {
 public:
  /// Made when it is not there. InputError, which names the owner's process id, when it is taken; MissingError when it
  /// cannot be made or written to.
  explicit ResultsFolder(std::filesystem::path path);
  ~ResultsFolder();
  ResultsFolder(ResultsFolder&& other) noexcept;
  ResultsFolder& operator=(ResultsFolder&&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path file() const { return path_ / "results.sqlite"; }
  /// Removes the results file. MissingError when that is not allowed.
  void clear() const;

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace windtunnel::experiment
