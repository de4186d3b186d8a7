// What decides a run's numbers: its settings and seed, what its price sheet says, what its data files hold, and the program.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "experiment/results.h"
#include "scenario/document.h"

namespace windtunnel::experiment {

/// `cloud.function.memory=512 MB, workers=4`; empty without a sweep.
std::string point_label(const scenario::Point& point);

/// Identities of a document's points; sheets and data files are read once. Not thread-safe.
class Identities {
 public:
  /// All of RunIdentity but what is known only in a file (run_id, point) and after the run (status, reason). Throws
  /// MissingError and InputError for sheets and data files that cannot be read.
  RunIdentity of(const scenario::Document& document, const scenario::Point& point);

 private:
  std::string data_hash(const std::vector<std::filesystem::path>& files);

  std::map<std::pair<std::string, std::filesystem::path>, std::string> sheets_;  // hash by name and folder
  std::map<std::filesystem::path, std::string> data_;  // hash by file
};

}  // namespace windtunnel::experiment
