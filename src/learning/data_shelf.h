// The data sets in use. Problems on the same data set hold one copy of it, whatever their plans.
// Promise: equal settings give the same copy for as long as anybody holds it; the one asked for last is kept, so that one
// run after another does not load it again, and every other is let go with its last problem. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "learning/datasets.h"

namespace windtunnel::learning {

class DataShelf {
 public:
  /// Loads what is not there; errors as of Dataset::load.
  std::shared_ptr<const Data> of(const Choice<Dataset>& dataset);

 private:
  struct Place {
    std::mutex loading;
    std::weak_ptr<const Data> data;
  };
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Place>> places_;  // by the name and settings of the data set
  std::shared_ptr<const Data> last_;
};

}  // namespace windtunnel::learning
