// The module's part of Redis's INFO (`INFO modules`, `INFO everything`): what its threads and its memory are doing.
#pragma once

#include "tensordb/redis_api.h"

namespace windtunnel::tensordb {

/// The fields of a section `tensordb_state`, before each of which Redis puts the module's name, and RedisAI's sections
/// ai_versions, ai_git, ai_load_time_configs, ai_backends_info and ai_cpu as that has them.
void add_info(redis::InfoContext* info, int for_crash_report);

}  // namespace windtunnel::tensordb
