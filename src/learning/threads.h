// Settings of the process and of each thread that computes with LibTorch.
#pragma once

namespace windtunnel::learning {

/// Must have been called on every thread that runs LibTorch code; cheap to call again. LibTorch and its linear algebra
/// then use the calling thread only, so that results do not hang on the number of cores; and the C library keeps freed
/// memory, because each minibatch frees and takes the same few megabytes, and handing them back to the kernel in
/// between makes threads wait for each other.
void prepare_thread();

}  // namespace windtunnel::learning
