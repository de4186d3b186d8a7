// The client of a tensor database: float32 vectors by key in a Redis server, averaged and updated in place there.
// Speaks to our own module (native commands, chosen by capability) and to genuine RedisAI 1.2.x (documented commands
// with TorchScript; equal results to 1e-6). Every call ends within Options::timeout; every error is a RunError that
// names the key and the server, never a password. One connection; calls from several threads are served one after
// another.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "store/address.h"
#include "store/operation.h"

namespace windtunnel::store {

/// What a server can do, asked once per connection.
struct Capabilities {
  std::string redis_version;  ///< e.g. "7.0.15"
  bool native = false;        ///< our module's TENSOR.* commands
  std::string
      module_version;  ///< of our module, or of RedisAI as number (e.g. "10207"); empty when hidden by the server
};

/// A tensor to send: `values` are read until the call returns. The shape is one-dimensional.
struct NamedTensor {
  std::string key;
  std::span<const float> values;
};

class TensorStore {
 public:
  struct Options {
    Duration timeout = std::chrono::seconds(30);         ///< of one call, all of its waiting included; > 0
    Duration connect_timeout = std::chrono::seconds(5);  ///< of one attempt to connect; > 0
    int connect_attempts = 4;  ///< with back-off 50 ms, 100 ms, 200 ms … between them; ≥ 1
    std::string prefix;        ///< put before every key of every call
  };

  /// Connects and asks for capabilities. Throws RunError when the server cannot be reached or refuses the credentials,
  /// MissingError when it has neither our module nor RedisAI.
  explicit TensorStore(Address address);
  TensorStore(Address address, Options options);
  ~TensorStore();
  TensorStore(TensorStore&&) noexcept;
  TensorStore& operator=(TensorStore&&) noexcept;

  const Capabilities& capabilities() const;
  const Address& address() const;

  /// Stores `values` (at least one) under `key`, replacing what was there.
  void set(std::string_view key, std::span<const float> values);
  /// The same for many tensors with one wait.
  void set_many(std::span<const NamedTensor> tensors);

  /// The values stored under `key`. RunError when there is no such tensor or it is not of float32.
  std::vector<float> get(std::string_view key);
  /// The same straight into `out`, whose length must be the tensor's.
  void get_into(std::string_view key, std::span<float> out);

  /// out := rule(keys), computed inside the server; the values never leave it. `keys`: at least one, of equal length.
  /// `at_hand`: what the rule may use besides.
  void aggregate(std::string_view out, const Operation& rule, std::span<const std::string> keys,
                 const AtHand& at_hand = {});

  /// One optimizer step inside the server: params := optimizer(params, gradient). The optimizer's state (velocity,
  /// moments, step count) lives in the server beside `params` and starts afresh when `params` is set again.
  void update(std::string_view params, const Operation& optimizer, std::string_view gradient);

  /// A key's value with the state that lives beside it, as the server serialises it: for another server that is like it.
  using Dump = std::vector<std::string>;
  /// RunError when there is no such key.
  Dump dump(std::string_view key);
  /// In place of what was there.
  void restore(std::string_view key, const Dump& dump);

  bool exists(std::string_view key);
  /// Removes the keys; how many of them existed.
  std::int64_t erase(std::span<const std::string> keys);
  /// The keys that begin with `start` (after the prefix), sorted, without the prefix.
  std::vector<std::string> keys(std::string_view start = {});
  /// One round trip.
  void ping();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace windtunnel::store
