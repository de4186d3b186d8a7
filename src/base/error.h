// The kinds of failure that a person can do something about. Every message says where, what, and what is allowed.
// A broken invariant of our own is not an Error: it is a `check` that stays on in release builds.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace windtunnel {

/// Base of all failures that are reported to the user; `exit_code` is what the program ends with.
class Error : public std::runtime_error {
 public:
  Error(int exit_code, const std::string& message) : std::runtime_error(message), exit_code_(exit_code) {}
  int exit_code() const noexcept { return exit_code_; }

 private:
  int exit_code_;
};

/// A run could not work (a platform limit, a crashed server nobody restarts, a store that went away). Exit code 1.
class RunError : public Error {
 public:
  explicit RunError(const std::string& message) : Error(1, message) {}
};

/// A length of time that whole nanoseconds in 64 bits cannot hold: 292 years.
class ClockError : public RunError {
 public:
  using RunError::RunError;
};

/// The input is wrong: a scenario, an option, a data file's content. Exit code 2.
class InputError : public Error {
 public:
  explicit InputError(const std::string& message) : Error(2, message) {}
};

/// Something is missing on this machine: a package, a program, a data file, disk space, a permission. Exit code 3.
class MissingError : public Error {
 public:
  explicit MissingError(const std::string& message) : Error(3, message) {}
};

/// A bug of ours; never thrown for bad input.
class BrokenInvariant : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws BrokenInvariant naming the place when `condition` is false. On in every build.
inline void check(bool condition, std::string_view what,
                  const std::source_location& place = std::source_location::current()) {
  if (condition) [[likely]] {
    return;
  }
  throw BrokenInvariant(std::string(place.file_name()) + ":" + std::to_string(place.line()) + ": " +
                        std::string(what));
}

}  // namespace windtunnel
