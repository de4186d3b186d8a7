#include "store/databases.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

#include "base/error.h"
#include "store/embedded_server.h"

namespace windtunnel::store {
namespace {

EmbeddedServer::Options server_options(const RedisSettings& settings) {
  EmbeddedServer::Options options;
  options.module_arguments = {"THREADS", std::to_string(settings.threads)};
  return options;
}

/// A prefix that no other run on the same server has.
std::string run_prefix() {
  std::uint64_t number = 0;
  check(getrandom(&number, sizeof number, 0) == sizeof number, "random bytes for a prefix");
  return fmt::format("windtunnel-{:016x}:", number);
}

}  // namespace

struct Databases::Impl {
  RedisSettings settings;
  std::optional<Address> foreign;  // somebody else's server
  std::string prefix;              // of this run, there
  std::vector<EmbeddedServer> servers;
  std::mutex mutex;

  TensorStore::Options options(std::string key_prefix) const {
    TensorStore::Options made;
    made.timeout = settings.timeout;
    made.connect_timeout = std::min<Duration>(settings.timeout, made.connect_timeout);
    made.prefix = std::move(key_prefix);
    return made;
  }
};

Databases::Databases(const RedisSettings& settings) : impl_(std::make_unique<Impl>()) {
  settings.validate();
  impl_->settings = settings;
  if (settings.url) {
    impl_->foreign = Address::from_url(*settings.url);
    impl_->prefix = run_prefix();
    TensorStore(*impl_->foreign, impl_->options(impl_->prefix)).ping();
  } else if (settings.servers == Servers::shared) {
    impl_->servers.emplace_back(server_options(settings));
  }
}

Databases::~Databases() {
  if (!impl_->foreign) return;
  try {
    TensorStore store(*impl_->foreign, impl_->options(impl_->prefix));
    store.erase(store.keys());
  } catch (const Error&) {
    // The server is gone, and the keys with it or out of reach: a destructor has nobody to tell.
  }
}

std::shared_ptr<TensorStore> Databases::open(std::string_view name) {
  const std::scoped_lock lock(impl_->mutex);
  if (impl_->foreign) {
    return std::make_shared<TensorStore>(*impl_->foreign, impl_->options(fmt::format("{}{}:", impl_->prefix, name)));
  }
  if (impl_->settings.servers == Servers::per_peer) impl_->servers.emplace_back(server_options(impl_->settings));
  const Database database = impl_->servers.back().create_database(name);
  return std::make_shared<TensorStore>(database.address, impl_->options(database.prefix));
}

std::vector<std::string> Databases::places() const {
  if (impl_->foreign) return {impl_->foreign->display()};
  const std::scoped_lock lock(impl_->mutex);
  std::vector<std::string> sockets;
  for (const EmbeddedServer& server : impl_->servers) sockets.push_back(server.socket().string());
  return sockets;
}

}  // namespace windtunnel::store
