#include "tensordb/arguments.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace windtunnel::tensordb {

bool Arguments::take_if(std::string_view word) {
  if (done() || !equal_ignoring_case(peek(), word)) return false;
  ++next_;
  return true;
}

std::span<redis::String* const> Arguments::take_many(int n) {
  check(n >= 0 && n <= left(), "as many arguments as are left");
  const std::span<redis::String* const> taken{argv_ + next_, static_cast<std::size_t>(n)};
  next_ += n;
  return taken;
}

std::string_view Arguments::take_key(int use) {
  keys_.push_back({next_, use});
  return take();
}

std::vector<std::string_view> Arguments::take_keys(int n, int use) {
  check(n >= 0 && n <= left(), "as many arguments as are left");
  std::vector<std::string_view> taken;
  taken.reserve(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) taken.push_back(take_key(use));
  return taken;
}

std::string_view Arguments::take_tensor(int use) { return begin_ == 0 ? take_key(use) : take(); }

std::vector<std::string_view> Arguments::take_tensors(int n, int use) {
  check(n >= 0 && n <= left(), "as many arguments as are left");
  std::vector<std::string_view> taken(static_cast<std::size_t>(n));
  for (std::string_view& tensor : taken) tensor = take_tensor(use);
  return taken;
}

void Arguments::enter_operation(int end) {
  check(end > next_ && end <= argc_, "an operation has a name and lies within the command");
  begin_ = next_++;
  end_ = end;
}

void Arguments::leave_operation() {
  begin_ = 0;
  end_ = argc_;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::chrono::milliseconds take_timeout(Arguments& arguments, const char* missing) {
  // Redis adds the clock to it, which must not overflow.
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);
  if (arguments.done()) throw CommandError(missing);
  const std::optional<std::int64_t> ms = parse_integer(arguments.take());
  if (!ms || *ms <= 0) throw CommandError("ERR Invalid value for TIMEOUT");
  return std::min(std::chrono::milliseconds(*ms), longest);
}

CommandError wrong_arity(std::string_view command) {
  return CommandError("ERR wrong number of arguments for '" + std::string(command) + "' command");
}

}  // namespace windtunnel::tensordb
