// What decides a run's numbers: its settings and seed, what its price sheet says, what its data files hold, and the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "experiment/results.h"
#include "scenario/document.h"

namespace windtunnel::experiment {

/// `cloud.function.memory=512 MB, workers=4`; empty without a sweep.
std::string point_label(const scenario::Point& point);

/// Data files as they were when their contents went into the identities of runs.
class DataFiles {
 public:
  /// Of all that they hold, in this order; each is read once. Empty without files. Throws MissingError for one that cannot be read.
  std::string hash(const std::vector<std::filesystem::path>& files);
  /// Throws InputError that names the first of these files that was written since: a run of it would not be what its identity says.
  void require_unchanged(const std::vector<std::filesystem::path>& files) const;

 private:
  /// What changes when a file is written or replaced.
  struct Stamp {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = 0, modified_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct Content {
    std::string hash;
    Stamp stamp;
  };
  static Stamp stamp_of(const std::filesystem::path& file);

  std::map<std::filesystem::path, Content> known_;
};

/// Identities of a document's points; data files are read once. Not thread-safe.
class Identities {
 public:
  /// All of RunIdentity but what is known only in a file (run_id, point) and after the run (status, reason). Throws
  /// MissingError for data files that cannot be read.
  RunIdentity of(const scenario::Document& document, const scenario::Point& point);
  const DataFiles& data() const { return data_; }

 private:
  DataFiles data_;
};

}  // namespace windtunnel::experiment
