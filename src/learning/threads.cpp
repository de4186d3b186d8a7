#include "learning/threads.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <malloc.h>
#include <omp.h>

namespace windtunnel::learning {
namespace {

// LibTorch links to whichever BLAS the machine provides; OpenBLAS keeps a thread count of its own.
void one_blas_thread() {
  using SetThreads = void (*)(int);
  if (auto* set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(1);
}

// Without this, two threads together are slower than one: every freed tensor ends in madvise and page faults.
void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest allowed
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 16 << 20);
}

}  // namespace

void prepare_thread() {
  static const bool process_is_ready = (one_blas_thread(), keep_freed_memory(), true);
  // OpenMP's setting belongs to the thread that sets it.
  thread_local const bool thread_is_ready = (omp_set_num_threads(1), at::set_num_threads(1), true);
  static_cast<void>(process_is_ready);
  static_cast<void>(thread_is_ready);
}

}  // namespace windtunnel::learning
