// Replies in the notation of text_of (live_server.h), as the reference writes them.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "tests/tensordb/live_server.h"

namespace windtunnel::tensordb::random {

/// Any error that says what is wrong; also inside an array.
inline constexpr const char* any_error = "-";
inline constexpr const char* fine = "+OK";

inline std::string bulk(const std::string& text) {
  store::Reply reply;
  reply.kind = store::Reply::Kind::bulk;
  reply.text = text;
  return text_of(reply);
}

inline std::string number(std::int64_t n) { return fmt::format(":{}", n); }

inline std::string list(const std::vector<std::string>& parts) { return fmt::format("[{}]", fmt::join(parts, ", ")); }

inline std::string bulks(const std::vector<std::string>& texts) {
  std::vector<std::string> parts;
  for (const std::string& text : texts) parts.push_back(bulk(text));
  return list(parts);
}

}  // namespace windtunnel::tensordb::random
