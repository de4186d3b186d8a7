// A master and its replica, which may change places; what tests want to know of both.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>

#include "tests/tensordb/live_server.h"

namespace windtunnel::tensordb {

/// A port that was free a moment ago.
inline int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(socket);
  return ntohs(address.sin_port);
}

/// Asks until the answer is yes, for some seconds.
inline bool eventually(const std::function<bool()>& answer, std::chrono::seconds patience = std::chrono::seconds(30)) {
  for (const auto until = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < until;) {
    if (answer()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

/// A server that others can replicate from.
class Node {
 public:
  explicit Node(const std::string& configuration, const std::string& module_arguments = "THREADS 2")
      : port_(free_port()),
        server_({.configuration = "save \"\"\nbind 127.0.0.1\nport " + std::to_string(port_) +
                                  "\nrepl-diskless-sync-delay 0\nshutdown-timeout 1\nclient-output-buffer-limit replica "
                                  "0 0 0\nrepl-backlog-size 64mb\nmaxmemory 0\n" +
                                  configuration,
                 .module_arguments = module_arguments}) {}
  LiveServer* operator->() { return &server_; }
  LiveServer& server() { return server_; }
  std::string operator()(const std::string& line) { return server_(line); }
  int port() const { return port_; }

  std::string info(const std::string& section, const std::string& field) {
    const std::string text = server_.ask({"INFO", section}).text;
    const std::size_t at = text.find("\n" + field + ":");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + field.size() + 2;
    return text.substr(begin, text.find('\r', begin) - begin);
  }
  bool is_master() { return info("replication", "role") == "master"; }
  void follow(Node& master) {
    ASSERT_EQ((*this)("REPLICAOF 127.0.0.1 " + std::to_string(master.port())), "+OK");
  }
  bool follows() { return info("replication", "master_link_status") == "up"; }
  std::string digest() { return server_("DEBUG DIGEST"); }

 private:
  int port_;
  LiveServer server_;
};

/// Whether both come to hold the same, once nobody writes.
inline testing::AssertionResult same(Node& one, Node& other) {
  std::string a, b;
  const bool equal = eventually([&] {
    a = one.digest();
    b = other.digest();
    return a == b;
  });
  return equal ? testing::AssertionSuccess() : testing::AssertionFailure() << a << " and " << b;
}

inline testing::AssertionResult living(Node& node) {
  if (node->alive()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << node->last_words();
}

}  // namespace windtunnel::tensordb
