// Two threads that change one number, to prove that ThreadSanitizer is at work in programs of this build.
#include <thread>

int main() {
  int number = 0;
  std::thread other([&] { ++number; });
  ++number;
  other.join();
}
