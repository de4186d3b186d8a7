// Reads a command line for the reference, which refuses whatever is not right.
#pragma once

#include <strings.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace windtunnel::tensordb::random {

/// The words of a command, its name first.
using Line = std::vector<std::string>;

/// The command is an error.
struct Refused {};

inline void demand(bool condition) {
  if (!condition) throw Refused{};
}

inline bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// A whole decimal number of 64 bits, or nothing.
inline std::optional<std::int64_t> whole(const std::string& text) {
  if (text.empty() || text.find_first_not_of("-0123456789") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(text.c_str(), &end, 10);
  if (errno != 0 || end != text.c_str() + text.size()) return std::nullopt;
  return value;
}

/// A decimal number or an infinity that fits a double, or nothing.
inline std::optional<double> real(const std::string& text) {
  const bool infinity = text == "inf" || text == "-inf";
  if (!infinity && (text.empty() || text.find_first_not_of("+-.eE0123456789") != std::string::npos))
    return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const double value = std::strtod(text.c_str(), &end);
  if (errno != 0 || end != text.c_str() + text.size()) return std::nullopt;
  return value;
}

class Cursor {
 public:
  explicit Cursor(const Line& line) : line_(line) {}

  bool done() const { return next_ >= line_.size(); }
  std::size_t left() const { return line_.size() - next_; }
  const std::string& peek() const {
    demand(!done());
    return line_[next_];
  }
  const std::string& take() {
    demand(!done());
    return line_[next_++];
  }
  bool at(std::string_view word) const { return !done() && same_word(line_[next_], word); }
  bool take_if(std::string_view word) {
    if (!at(word)) return false;
    ++next_;
    return true;
  }
  std::vector<std::string> take_many(std::size_t n) {
    demand(n <= left());
    std::vector<std::string> taken(line_.begin() + static_cast<std::ptrdiff_t>(next_),
                                   line_.begin() + static_cast<std::ptrdiff_t>(next_ + n));
    next_ += n;
    return taken;
  }
  /// A number of at least `least` and as many words.
  std::vector<std::string> take_counted(std::int64_t least) {
    const std::optional<std::int64_t> n = whole(take());
    demand(n && *n >= least);
    return take_many(static_cast<std::size_t>(*n));
  }

 private:
  const Line& line_;
  std::size_t next_ = 1;
};

}  // namespace windtunnel::tensordb::random
