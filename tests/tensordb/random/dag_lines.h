// Random lines of AI.DAGEXECUTE and AI.DAGEXECUTE_RO: most as they should be, some using what is not there.
#pragma once

#include "tests/tensordb/random/choices.h"

namespace windtunnel::tensordb::random {

Line dag();

}  // namespace windtunnel::tensordb::random
