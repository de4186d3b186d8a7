// The list of attacks.
#pragma once

#include "aggregation/attack.h"

namespace windtunnel::aggregation {

Family<Attack> attacks();

}  // namespace windtunnel::aggregation
