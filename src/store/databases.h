// The databases of a run: from the `store: {redis: …}` settings to one TensorStore per peer. Starts the embedded
// server(s) when no URL is given; on somebody else's server each run keeps to a key prefix of its own and erases it at
// the end.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/config.h"
#include "store/tensor_store.h"

namespace windtunnel::store {

class Databases {
 public:
  /// Starts or reaches what the settings name. Throws as EmbeddedServer and TensorStore do.
  explicit Databases(const RedisSettings& settings);
  /// Erases this run's keys on a server that is not ours (best effort), ends servers that are.
  ~Databases();
  Databases(const Databases&) = delete;
  Databases& operator=(const Databases&) = delete;

  /// A database of its own for `name` (a peer, "server", …: letters, digits, '_', '-', '.'), with a connection of its
  /// own.
  std::shared_ptr<TensorStore> open(std::string_view name);

  /// Where to look with redis-cli, without passwords: socket paths or the URL.
  std::vector<std::string> places() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace windtunnel::store
