// Loaded into a redis-server that runs under AddressSanitizer, and initialised before every other library (linked with
// -z initfirst): begins the sanitizer's run time while nobody holds a lock. Otherwise it begins at the first malloc,
// which for Debian's redis-server is inside the constructor of libgpg-error, in bindtextdomain, with libc's lock for
// translations held; the run time calls dlerror there, which takes and releases the same lock. The lock is broken from
// then on, and the next library whose constructor calls bindtextdomain (libgnutls, which LibTorch brings) waits for
// ever.
#include <cstdlib>

namespace {

__attribute__((constructor)) void begin() {
  void* volatile block = std::malloc(1);  // volatile: a call that the compiler may not leave out
  std::free(block);
}

}  // namespace
