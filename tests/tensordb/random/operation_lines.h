// Random lines of the commands that may also be operations of a DAG. What they read and write is drawn by the caller.
#pragma once

#include "tests/tensordb/random/choices.h"

namespace windtunnel::tensordb::random {

Line tensor_set(const Name& output);
Line tensor_get(const Name& input);
Line script_execute(const Name& input, const Name& output);
Line model_execute(const Name& input, const Name& output);

}  // namespace windtunnel::tensordb::random
