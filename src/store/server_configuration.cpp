#include "store/server_configuration.h"

#include <fmt/format.h>

namespace windtunnel::store {
namespace {

/// A word of Redis's configuration file.
std::string quoted(const std::string& word) {
  std::string out;
  out += '"';
  for (const char c : word) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
  return out;
}

const char* rights_of(Visitors visitors) {
  switch (visitors) {
    case Visitors::look:
      return "on nopass ~* resetchannels -@all +@read +ping +echo +select +hello +info +command +client|setname "
             "+client|getname +client|id +client|list";
    case Visitors::everything:
      return "on nopass ~* &* +@all";
    case Visitors::nothing:
      break;
  }
  return "off resetkeys resetchannels -@all";
}

}  // namespace

std::string ServerConfiguration::text() const {
  std::string text = fmt::format(
      "port {}\nbind 127.0.0.1 -::1\nunixsocket {}\nunixsocketperm 700\ndir {}\ndaemonize no\n"
      // Gradients of large networks are longer than the default of 512 MB.
      "proto-max-bulk-len 8gb\nclient-query-buffer-limit 9gb\n"
      // How often Redis looks after itself. Its default, 10, takes most of what a server at rest takes, and a run may
      // have a server per peer.
      "hz 4\n",
      port, quoted(socket), quoted(folder));
  // Large pages are off in Redis for the sake of its snapshots' forks; a server that keeps nothing never forks.
  if (!keep) text += "disable-thp no\n";
  text += keep ? "save 3600 1 300 100\n" : "save \"\"\n";
  text += keep && append_only ? "appendonly yes\nappendfsync everysec\n" : "appendonly no\n";
  if (!max_memory.empty()) text += fmt::format("maxmemory {}\n", quoted(max_memory));
  if (master) {
    text += fmt::format("replicaof {} {}\n", quoted(master->host), master->port);
    if (!master->user.empty()) text += fmt::format("masteruser {}\n", quoted(master->user));
    if (!master->password.empty()) text += fmt::format("masterauth {}\n", quoted(master->password));
  }
  text += fmt::format("user {} on >{} ~* &* +@all\n", admin, password);
  text += fmt::format("user default {}\n", rights_of(visitors));
  text += fmt::format("loadmodule {}", quoted(module));
  for (const std::string& argument : module_arguments) text.append(" ").append(quoted(argument));
  return text + "\n";
}

}  // namespace windtunnel::store
