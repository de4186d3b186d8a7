// The arguments of one command, read from left to right, and the keys found among them. One grammar per command serves
// both the run and the question "which keys would this touch?", so that ACLs and clusters see exactly what will be
// used.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tensordb/command_error.h"
#include "tensordb/redis_api.h"

namespace windtunnel::tensordb {

/// A key at a position of the command line, with how it is used (redis::use).
struct KeyArgument {
  int position;
  int use;
};

class Arguments {
 public:
  Arguments(redis::String* const* argv, int argc) : argv_(argv), end_(argc), argc_(argc) {}

  /// Number of arguments, the command's name included.
  int count() const { return end_ - begin_; }
  int position() const { return next_; }
  int left() const { return end_ - next_; }
  bool done() const { return next_ >= end_; }

  std::string_view at(int position) const { return redis::view(argv_[position]); }
  /// The next argument without taking it. Precondition: !done().
  std::string_view peek() const { return at(next_); }
  std::string_view take() { return at(next_++); }
  redis::String* take_string() { return argv_[next_++]; }
  /// Takes the next argument when it is `word` in any case.
  bool take_if(std::string_view word);
  /// The next `n` arguments. Precondition: n ≤ left().
  std::span<redis::String* const> take_many(int n);

  /// Takes the next argument as a key.
  std::string_view take_key(int use);
  std::vector<std::string_view> take_keys(int n, int use);
  /// The same for the name of a tensor: a key, except in an operation, whose tensors live and die with its DAG.
  std::string_view take_tensor(int use);
  std::vector<std::string_view> take_tensors(int n, int use);

  /// Narrows these arguments to the operation of a DAG that goes from the next argument, its name, to before `end`:
  /// until `leave_operation` it looks like a command of its own.
  void enter_operation(int end);
  void leave_operation();

  const std::vector<KeyArgument>& keys() const { return keys_; }

 private:
  redis::String* const* argv_;
  int begin_ = 0;
  int end_;
  int next_ = 1;
  int argc_;
  std::vector<KeyArgument> keys_;
};

bool equal_ignoring_case(std::string_view a, std::string_view b);

/// A whole decimal number, or nothing.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// The value of TIMEOUT, whole milliseconds above zero; more than a year counts as a year. Throws CommandError:
/// `missing` when there is none.
std::chrono::milliseconds take_timeout(Arguments& arguments, const char* missing);

/// The error for too few or too many arguments, in Redis's words.
CommandError wrong_arity(std::string_view command);

}  // namespace windtunnel::tensordb
