// Clients of every kind at once, who write down what was acknowledged: steps of each way in which a value comes to be,
// aggregates, readers. Promise: each of them survives whatever happens to its server, by asking again.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/tensordb/live_server.h"

namespace windtunnel::tensordb {

class Workload {
 public:
  /// `where`: the server to ask at the moment; asked again whenever a connection is lost or a replica refuses to write.
  explicit Workload(std::function<const LiveServer&()> where);
  ~Workload();
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  /// Sets all keys to their start, on a server that may be written to.
  static void prepare(LiveServer& server);
  void start();
  void stop();

  /// What is not as it was acknowledged: values before what was, or beyond what was asked. Once stopped.
  std::vector<std::string> faults(LiveServer& server) const;
  /// Steps acknowledged so far, of all.
  int acknowledged() const;
  /// Replies that nobody expects.
  std::vector<std::string> surprises() const;

 private:
  struct Client {
    std::string key;                                                ///< whose value counts the steps; empty: none
    std::function<std::vector<std::string>(int step)> command;      ///< of the next step
    std::atomic<int> acknowledged = 0, asked = 0;
  };
  void run(Client& client);
  void judge(const std::string& reply);

  std::function<const LiveServer&()> where_;
  std::list<Client> clients_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> surprises_;
};

}  // namespace windtunnel::tensordb
