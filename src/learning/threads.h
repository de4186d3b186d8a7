// LibTorch and its linear algebra on one thread per caller, so that results do not hang on the number of cores.
#pragma once

namespace windtunnel::learning {

/// Must have been called on every thread that runs LibTorch code; cheap to call again.
void use_one_thread();

}  // namespace windtunnel::learning
