// What the TENSOR.* commands compute, on whole vectors with the rules and optimizers of src/aggregation.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/tensordb/random/database.h"

namespace windtunnel::tensordb::random {

using Settings = std::vector<std::pair<std::string, std::string>>;

// All throw Refused (cursor.h) for names, settings, types or shapes that are not right.

Value aggregated(const std::string& rule, const Settings& given, const std::vector<const Value*>& rows);
/// One step of `parameters`; `optimizer` as a command line names it.
Value stepped(const std::string& optimizer, const Settings& given, const Value& parameters, const Value& gradient);
/// `before` may be null.
Value accumulated(const Value* before, const Value& added);

}  // namespace windtunnel::tensordb::random
