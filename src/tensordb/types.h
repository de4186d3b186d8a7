// The module's data types as Redis sees them: how values are saved, loaded, rewritten, measured, digested, copied and
// freed.
#pragma once

#include "tensordb/redis_api.h"

namespace windtunnel::tensordb {

/// Names in RDB files and of TYPE; not RedisAI's, because the encodings differ.
constexpr const char* tensor_type_name = "WT_TENSOR";
constexpr const char* script_type_name = "WT_SCRIPT";
constexpr const char* model_type_name = "WT__MODEL";

/// The command that AOF files and replicas carry a tensor in: key, header, elements, optimizer's vectors (codec.h).
constexpr const char* restore_command = "TENSOR.RESTORE";

redis::DataType* tensor_type();
redis::DataType* script_type();
redis::DataType* model_type();

}  // namespace windtunnel::tensordb
