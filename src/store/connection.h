// One connection to a Redis server: connects (hiredis), authenticates, sends commands without copying large arguments,
// reads replies without copying large ones. Broken connections are made again by the next call; calls that may be
// repeated are repeated once.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "store/address.h"
#include "store/reply.h"

struct redisContext;

namespace windtunnel::store {

/// One command: its words, which stay the caller's until the call returns.
using Words = std::vector<std::string_view>;

/// What the server says of itself when greeted (HELLO).
struct Greeting {
  struct Module {
    std::string name;
    std::string version;
  };
  std::string redis_version;
  std::vector<Module> modules;

  /// The module that stores tensors: ours, else RedisAI, if either is there.
  std::optional<Module> tensor_module() const;
};
constexpr std::string_view our_module = "tensordb", redis_ai_module = "ai";

class Connection {
 public:
  struct Options {
    Duration timeout, connect_timeout;
    int connect_attempts;
  };
  /// Whether a call may be sent a second time when the connection broke under the first.
  enum class Repeat { safe, unsafe };

  /// Connects. Throws RunError.
  Connection(Address address, Options options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends all commands, then reads one reply for each, in order. `what` names the call in errors: `get "w3"`.
  /// Error replies are returned, not thrown; RunError when the server cannot be reached or does not answer in time.
  std::vector<Reply> call(std::span<const Words> commands, std::string_view what, Repeat repeat, const Sink& sink = {});

  const Address& address() const { return address_; }
  const Greeting& greeting() const { return greeting_; }

 private:
  struct Closer {
    void operator()(redisContext* context) const;
  };
  void connect();
  void connect_once();
  void greet();
  bool still_open() const;
  void send(std::span<const Words> commands, const Deadline& deadline);
  std::vector<Reply> exchange(std::span<const Words> commands, const Deadline& deadline, const Sink& sink);

  Address address_;
  Options options_;
  Greeting greeting_;
  std::unique_ptr<redisContext, Closer> context_;
  std::unique_ptr<ReplyReader> reader_;
};

}  // namespace windtunnel::store
