// The models that random command lines store and run, and what they do, in C++.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/tensordb/random/database.h"
#include "tests/tensordb/random/programs.h"

namespace windtunnel::tensordb::random {

struct KnownModel {
  std::string name;  ///< in make_model.cpp
  std::vector<std::string> inputs;
  std::size_t outputs;
  std::string archive;
};

/// Written by LibTorch when first asked for.
const std::vector<KnownModel>& models();
/// Null when it is the archive of none of them: such a one is refused.
const KnownModel* model_of(const std::string& archive);

/// What a model returns; nothing when the call fails. As many inputs as it has, of types that LibTorch has.
std::optional<Results> forward(const KnownModel& model, const std::vector<const Value*>& inputs);

}  // namespace windtunnel::tensordb::random
