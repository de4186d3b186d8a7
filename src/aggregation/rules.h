// The list of aggregation rules.
#pragma once

#include <string>

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

Family<Rule> rules();

/// The chosen rule by name; of a pre-aggregation all steps in order: `clip+nnm+krum`.
std::string steps_of(Choice<Rule> rule);

}  // namespace windtunnel::aggregation
