#include "store/address.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

namespace windtunnel::store {
namespace {

constexpr std::string_view forms =
    "allowed: redis://[user][:password]@host[:port][/db] and unix://[user][:password]@/path/to.sock[?db=n]";

InputError bad_url(std::string_view url, const std::string& why) {
  return InputError("store url \"" + without_password(url) + "\": " + why + "; " + std::string(forms));
}

std::string decoded(std::string_view text, std::string_view url) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int code = 0;
    const char* digits = text.data() + i + 1;
    if (i + 2 >= text.size() || std::from_chars(digits, digits + 2, code, 16).ptr != digits + 2) {
      throw bad_url(url, "'%' must be followed by two hexadecimal digits");
    }
    out += static_cast<char>(code);
    i += 2;
  }
  return out;
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      constexpr std::string_view hex = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  return out;
}

int number(std::string_view text, int max, std::string_view what, std::string_view url) {
  int value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || stop != text.data() + text.size() || value < 0 || value > max) {
    throw bad_url(url, std::string(what) + " must be a number from 0 to " + std::to_string(max));
  }
  return value;
}

/// Takes `[user][:password]@` from the front of `rest`.
void take_credentials(std::string_view& rest, Address& address, std::string_view url) {
  const std::size_t at = rest.substr(0, rest.find('/')).rfind('@');
  if (at == std::string_view::npos) return;
  const std::string_view credentials = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  const std::size_t colon = credentials.find(':');
  address.user = decoded(credentials.substr(0, colon), url);
  if (colon != std::string_view::npos) address.password = decoded(credentials.substr(colon + 1), url);
}

struct Place {
  std::size_t at = 0, length = 0;
};

/// Where the password of the URL in `text` is; of length 0 when there is none.
Place password_in(std::string_view text) {
  const std::size_t start = text.find("://");
  if (start == std::string_view::npos) return {};
  // A password may hold an unescaped '/', in a URL that is wrong: up to the last '@' of all.
  const std::size_t at = text.rfind('@'), colon = text.find(':', start + 3);
  if (at == std::string_view::npos || colon == std::string_view::npos || colon >= at) return {};
  return {.at = colon + 1, .length = at - colon - 1};
}

constexpr int max_database = 1'000'000;

Address parse_unix(std::string_view rest, std::string_view url) {
  Address address;
  take_credentials(rest, address, url);
  const std::size_t question = rest.find('?');
  if (question != std::string_view::npos) {
    const std::string_view query = rest.substr(question + 1);
    if (query.substr(0, 3) != "db=") throw bad_url(url, "only ?db=<number> may follow the path");
    address.database = number(query.substr(3), max_database, "the database", url);
    rest = rest.substr(0, question);
  }
  if (rest.empty() || rest[0] != '/') throw bad_url(url, "the socket's absolute path is missing");
  address.socket = rest;
  return address;
}

Address parse_tcp(std::string_view rest, std::string_view url) {
  Address address;
  take_credentials(rest, address, url);
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view database = rest.substr(slash + 1);
    if (!database.empty()) address.database = number(database, max_database, "the database", url);
    rest = rest.substr(0, slash);
  }
  std::string_view port;
  if (!rest.empty() && rest[0] == '[') {  // IPv6
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) throw bad_url(url, "']' is missing");
    address.host = rest.substr(1, end - 1);
    port = rest.substr(end + 1);
  } else {
    const std::size_t colon = rest.find(':');
    address.host = rest.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : rest.substr(colon);
  }
  if (address.host.empty()) throw bad_url(url, "the host is missing");
  if (!port.empty()) {
    if (port[0] != ':') throw bad_url(url, "unexpected text after the host");
    address.port = number(port.substr(1), 65535, "the port", url);
  }
  return address;
}

}  // namespace

Address Address::parse(std::string_view url) {
  constexpr std::string_view tcp = "redis://", local = "unix://";
  if (url.starts_with(tcp)) return parse_tcp(url.substr(tcp.size()), url);
  if (url.starts_with(local)) return parse_unix(url.substr(local.size()), url);
  throw bad_url(url, "must begin with redis:// or unix://");
}

std::string Address::display() const {
  const std::string who = user.empty() ? "" : encoded(user) + "@";
  if (!socket.empty()) return "unix://" + who + socket + (database != 0 ? "?db=" + std::to_string(database) : "");
  const bool ipv6 = host.find(':') != std::string::npos;
  const std::string where = ipv6 ? "[" + host + "]" : host;
  return "redis://" + who + where + ":" + std::to_string(port) + "/" + std::to_string(database);
}

Address Address::from_url(std::string_view url) {
  Address address = parse(url);
  const char* secret = std::getenv("WINDTUNNEL_STORE_PASSWORD");
  if (address.password.empty() && secret != nullptr) address.password = secret;
  return address;
}

void redact_password(std::span<char> text) {
  const Place password = password_in({text.data(), text.size()});
  std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(password.at), password.length, '*');
}

std::string without_password(std::string_view url) {
  const Place password = password_in(url);
  if (password.length == 0) return std::string(url);
  return std::string(url.substr(0, password.at)) + "***" + std::string(url.substr(password.at + password.length));
}

}  // namespace windtunnel::store
