// A module with a fault of its own, to prove that the sanitizer is at work in the server that the tests start: writes
// one byte beyond a block of the server's memory when it is loaded.
#include <cstdlib>

extern "C" int RedisModule_OnLoad(void*, void**, int) {
  volatile char* volatile block = static_cast<char*>(std::malloc(8));  // volatile: the compiler may not leave it out
  block[8] = 1;
  return 0;
}
