// A Redis server of our own: Debian's redis-server with our module loaded; unless asked otherwise on a unix socket in a
// private folder, without TCP port and without persistence. It ends when this object is destroyed and when the program
// ends in any other way, SIGKILL included; folders left by dead programs are removed at the next start.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "store/address.h"
#include "store/server_configuration.h"

namespace windtunnel::store {

/// A key space of its own on a server: an ACL user who may use the tensor commands on keys that begin with `prefix`,
/// and nothing else.
struct Database {
  Address address;     ///< socket, user, password
  std::string prefix;  ///< goes into TensorStore::Options::prefix
};

class EmbeddedServer {
 public:
  struct Options {
    std::string program = "redis-server";       ///< looked up in PATH
    std::filesystem::path module;               ///< empty: module_path()
    std::vector<std::string> module_arguments;  ///< as the module documents them, e.g. {"THREADS", "2"}
    std::filesystem::path folder;  ///< where the private folder is made; empty: the system's temporary folder
    std::filesystem::path socket;  ///< where to listen; empty: in the private folder
    int port = 0;                  ///< TCP port on the loopback addresses besides; 0: none
    std::filesystem::path data;    ///< where snapshots and an append-only file are kept; empty: nothing is kept
    bool append_only = true;       ///< with `data`: keep the file, else snapshots alone
    std::string max_memory;        ///< as Redis writes it: 2gb; empty: no limit
    std::optional<Address> master;  ///< whose replica it is: a TCP address
    Visitors visitors = Visitors::look;
    Duration start_timeout = std::chrono::seconds(20);
  };

  /// Starts the server and waits until it answers. Throws MissingError when redis-server or the module is missing or
  /// does not start (with the server's own words) and when the socket's path would be too long; InputError when the
  /// socket or the data are another server's; RunError on a time-out.
  EmbeddedServer();
  explicit EmbeddedServer(Options options);
  ~EmbeddedServer();
  EmbeddedServer(EmbeddedServer&&) noexcept;
  EmbeddedServer& operator=(EmbeddedServer&&) noexcept;

  /// The unix socket, for `redis-cli -s`.
  const std::filesystem::path& socket() const;
  int pid() const;
  bool ended() const;
  /// Asks the server to save what it keeps and end; waits for `patience`, after which the destructor kills it.
  void stop(Duration patience);
  /// The administrator's address: every command. Stays inside this program.
  const Address& admin() const;

  /// Makes a user with a random password whose keys begin with "<name>:". `name`: letters, digits, '_', '-', '.'
  /// (InputError otherwise); a second call with the same name gives the same key space and a new password.
  Database create_database(std::string_view name);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The module's file: the environment's WINDTUNNEL_TENSORDB, else where the build put it. MissingError when not there.
std::filesystem::path module_path();

}  // namespace windtunnel::store
