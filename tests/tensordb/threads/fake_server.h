// Redis as the module sees it, in a few lines and in this process, so that the module's threads can run under
// ThreadSanitizer: memory, the lock, blocked clients and their replies, timers. The thread that asks for it first is
// its main thread, which holds the lock except in `turn`.
#pragma once

#include <string>
#include <vector>

#include "tensordb/redis_api.h"

namespace windtunnel::tensordb {

class FakeServer {
 public:
  /// The one of this process, in the hands of the module's code; never taken back, because worker threads do not end.
  static FakeServer& instance();

  /// A client's connection, to call commands with.
  redis::Context* client();

  /// Lets the other threads have the lock, then calls what is due.
  void turn();

  /// What was answered to the n-th client, in order of `client()`.
  const std::vector<std::string>& replies(std::size_t n) const;
  std::size_t clients() const;
  /// Clients that were blocked and are still to be released.
  std::size_t blocked() const;

  /// Whether clients are paused: nothing may be replicated.
  void pause(bool on);
  /// All who are blocked close their connections.
  void everybody_leaves();

 private:
  FakeServer();
};

}  // namespace windtunnel::tensordb
