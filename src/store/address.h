// Where a Redis server is and as whom to speak to it. A password goes in by URL and comes out only on the wire:
// `display()` is what messages, logs and results may show.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/fields.h"

namespace windtunnel::store {

struct Address {
  std::string socket;  ///< path of a unix socket; empty: TCP to host:port
  std::string host = "localhost";
  int port = 6379;
  std::string user;      ///< ACL user; empty: the server's default user
  std::string password;  ///< empty: no authentication
  int database = 0;      ///< number of the logical database, SELECTed after connecting

  /// `redis://[user][:password]@host[:port][/db]`, `redis://host`, or `unix://[user][:password]@/path/to.sock[?db=n]`;
  /// percent-encoding in user and password. Throws InputError (never showing the password).
  static Address parse(std::string_view url);

  /// The same; a URL without a password takes that of the environment's WINDTUNNEL_STORE_PASSWORD, which no process
  /// list and no file shows.
  static Address from_url(std::string_view url);

  /// The URL without its password: "redis://anna@db.example:6379/0", "unix:///run/redis.sock".
  std::string display() const;
};

/// Overwrites with '*' every password of a URL in `text`, which is of no more use as one.
void redact_password(std::span<char> text);

/// `url` as it may be shown or saved: a password is replaced by "***"; text that is no URL comes back unchanged.
std::string without_password(std::string_view url);

}  // namespace windtunnel::store
