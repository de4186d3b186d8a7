// Runs a sequence against a live server beside the reference, and says where the two part.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/random/reference.h"
#include "tests/tensordb/random/sequences.h"

namespace windtunnel::tensordb::random {

class Trial {
 public:
  using Replies = std::vector<store::Reply>;
  /// Sends lines and returns what comes back; tests put a faulty database here.
  using Exchange = std::function<Replies(store::Connection& connection, const std::vector<Line>& lines)>;

  explicit Trial(LiveServer& server);
  Trial(LiveServer& server, Exchange exchange);

  /// From an empty database: nothing when every reply and everything stored is as the reference has it and the server
  /// goes on living, else the first difference. A server that ended is started again.
  std::optional<std::string> run(const Sequence& sequence);

  std::size_t commands() const { return commands_; }

  /// One reply for each line.
  static Replies ask(store::Connection& connection, const std::vector<Line>& lines);

 private:
  struct Client {
    std::unique_ptr<store::Connection> connection;
    Reference reference;
  };
  void begin(std::size_t clients);
  void step(Client& client, const Step& step);
  void at_once(Client& client, const std::vector<Step>& steps);
  void compare(Client& client, const Step& step, std::span<const store::Reply> replies);
  void compare(Client& client, const Line& line, bool in_transaction, const store::Reply& reply);
  void check_contents(Client& client);

  LiveServer& server_;
  Exchange exchange_;
  std::vector<Client> clients_;
  std::atomic<std::size_t> commands_{0};
  std::size_t pings_ = 0;
};

}  // namespace windtunnel::tensordb::random
