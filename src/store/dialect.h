// How a kind of server is told to aggregate and to update: our module by its native commands, genuine RedisAI by
// TorchScript. Keys come with their prefix.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/connection.h"
#include "store/operation.h"

namespace windtunnel::store {

class Dialect {
 public:
  virtual ~Dialect() = default;
  /// out := rule(keys). Throws RunError.
  virtual void aggregate(std::string_view out, const Operation& rule, std::span<const std::string> keys,
                         const AtHand& at_hand) = 0;
  /// One optimizer step on `params`. Throws RunError.
  virtual void update(std::string_view params, const Operation& optimizer, std::string_view gradient) = 0;
  /// Further keys that hold state of `key`: they go when it is set or erased, and are not listed.
  virtual std::vector<std::string> beside(std::string_view key) const = 0;
};

/// Sends one command and throws RunError unless the reply is OK.
void expect_ok(Connection& connection, const Words& words, std::string_view what, Connection::Repeat repeat);

/// The words of a server for an error message.
[[noreturn]] void fail(const Connection& connection, std::string_view what, std::string_view words);

std::unique_ptr<Dialect> native_dialect(Connection& connection);
/// `program_key`: where the TorchScript program is kept.
std::unique_ptr<Dialect> redis_ai_dialect(Connection& connection, std::string program_key);

/// The suffix that begins every key of Dialect::beside.
constexpr std::string_view state_mark = ":windtunnel-state:";

}  // namespace windtunnel::store
