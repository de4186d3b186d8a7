// How the TENSOR.* commands reach AOF files and replicas: as the operation, which is deterministic, when it ran on the
// values that its keys still hold; as the result otherwise (see replicate_tensor).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tensordb/arguments.h"

namespace windtunnel::tensordb {

/// A command line, kept beyond the command.
class CommandLine {
 public:
  explicit CommandLine(const Arguments& arguments);
  void replicate(redis::Context* context) const;

 private:
  std::vector<std::string> words_;
};

}  // namespace windtunnel::tensordb
