// The module's part of Redis's INFO (`INFO modules`, `INFO everything`): what its threads and its memory are doing.
#pragma once

#include "tensordb/redis_api.h"

namespace windtunnel::tensordb {

/// The fields of a section `tensordb_state`; Redis puts the module's name in front of each.
void add_info(redis::InfoContext* info, int for_crash_report);

}  // namespace windtunnel::tensordb
