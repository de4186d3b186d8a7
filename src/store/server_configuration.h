// What redis-server is told when it starts for us: where to listen, what to keep, who may do what.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "store/address.h"

namespace windtunnel::store {

/// What somebody may do who connects without a name.
enum class Visitors {
  look,        ///< read every key, change nothing
  everything,  ///< all commands
  nothing,     ///< only log in
};

struct ServerConfiguration {
  std::filesystem::path folder;  ///< its working folder
  std::filesystem::path socket;  ///< unix socket, for this user of the machine alone
  int port = 0;                  ///< TCP port on the loopback addresses; 0: none
  bool keep = false;             ///< snapshots and an append-only file in `folder`; else nothing outlives the server
  bool append_only = true;       ///< with `keep`: the file, else snapshots alone
  std::string max_memory;        ///< as Redis writes it, e.g. 2gb; empty: no limit
  std::optional<Address> master;  ///< whose replica it is: a host, or none
  Visitors visitors = Visitors::look;
  std::string admin, password;  ///< a user who may do everything
  std::filesystem::path module;
  std::vector<std::string> module_arguments;

  /// The text of a configuration file. It holds the password: for the server's standard input, not for a file.
  std::string text() const;
};

}  // namespace windtunnel::store
