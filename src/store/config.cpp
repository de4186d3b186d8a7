#include "store/config.h"

#include <array>

#include "store/address.h"

namespace windtunnel::store {
namespace {

constexpr std::array<std::string_view, 2> servers_words{"shared", "per_peer"};

class Modelled final : public Backend {};

class Redis final : public Backend {
 public:
  void describe(Fields& f) override { settings_.describe(f); }
  const RedisSettings* redis() const noexcept override { return &settings_; }

 private:
  RedisSettings settings_;
};

}  // namespace

void RedisSettings::describe(Fields& f) {
  f("url", url,
    "server to use, redis://[user][:password]@host[:port][/db] or unix:///path/to.sock; a password left out is taken from "
    "the environment's WINDTUNNEL_STORE_PASSWORD; absent: a server is started");
  f("servers", servers, servers_words, "shared: a key space and user per peer on one server; per_peer: a server each");
  f("timeout", timeout, "longest wait for one call", {.min = 0.001, .max = 86400});
  f("threads", threads, "worker threads inside a server that is started", {.min = 1, .max = 256});
}

void RedisSettings::validate() const {
  if (!url) return;
  Address::parse(*url);
  if (servers == Servers::per_peer) {
    throw InputError("store: servers: per_peer starts servers and cannot go with a url; allowed with a url: shared");
  }
}

Family<Backend> backends() {
  static constexpr std::array all{
      option<Backend, Modelled>("modelled", "aggregation runs in process, no server needed"),
      option<Backend, Redis>("redis", "tensors live in a Redis server and are aggregated inside it"),
  };
  return all;
}

}  // namespace windtunnel::store
