// The scenario's `store:` block: `modelled` (aggregation in process) or `redis` (inside a live server).
#pragma once

#include <optional>
#include <string>

#include "base/fields.h"
#include "base/units.h"

namespace windtunnel::store {

/// One server with a key space per database, or one server each. Only for embedded servers.
enum class Servers : int { shared, per_peer };

/// Settings of `store: {redis: …}`.
struct RedisSettings {
  std::optional<std::string> url;  ///< absent: an embedded server is started
  Servers servers = Servers::shared;
  Duration timeout = std::chrono::seconds(30);
  std::int64_t threads = 2;  ///< worker threads inside an embedded server

  void describe(Fields& f);
  /// InputError when a combination makes no sense (a URL with servers: per_peer, a malformed URL).
  void validate() const;
};

/// A member of the family `store`.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual void describe(Fields&) {}
  /// The settings when tensors really live in Redis, else nullptr: the rule runs in process.
  virtual const RedisSettings* redis() const noexcept { return nullptr; }
};

/// modelled, redis.
Family<Backend> backends();

/// The `store:` setting of a scenario; default modelled.
using StoreConfig = Choice<Backend>;
inline StoreConfig default_store() { return {backends(), "modelled"}; }

}  // namespace windtunnel::store
