// The list of aggregation rules.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

Family<Rule> rules();

}  // namespace windtunnel::aggregation
