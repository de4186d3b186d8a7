// How the TENSOR.* commands reach AOF files and replicas: as the operation, which is deterministic, when it ran on the
// values that its keys still hold; as the result otherwise (see replicate_tensor).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tensordb/arguments.h"

namespace windtunnel::tensordb {

/// Element operations that cost less than handing the work to another thread (about 20 µs).
constexpr std::int64_t brief_work = 32 * 1024;

/// A command line, kept beyond the command.
class CommandLine {
 public:
  explicit CommandLine(const Arguments& arguments);
  void replicate(redis::Context* context) const;

 private:
  std::vector<std::string> words_;
};

}  // namespace windtunnel::tensordb
