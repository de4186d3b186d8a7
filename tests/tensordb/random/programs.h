// The programs that random command lines store and run, and what their functions do, in C++.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/tensordb/random/database.h"

namespace windtunnel::tensordb::random {

/// The texts that compile; any other is refused.
const std::vector<std::string>& program_sources();
/// The functions of a text; empty for an unknown one.
std::vector<std::string> functions_of(const std::string& source);

struct Results {
  bool tensors = true;  ///< false: something else is returned, which is right only when nothing is wanted
  std::vector<Value> values;
};
/// What a function returns; nothing when the call fails. Inputs are tensors of types that LibTorch has.
std::optional<Results> call(const std::string& function, const std::vector<const Value*>& inputs);

}  // namespace windtunnel::tensordb::random
