// The one way a command fails: thrown anywhere between parsing and commit, turned into one error reply, nothing stored.
#pragma once

#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/error.h"

namespace windtunnel::tensordb {

class CommandError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Redis's own words for a key of another type.
inline CommandError wrong_type() {
  return CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
}

/// For a model and its inputs.
inline CommandError wrong_inputs() {
  return CommandError("Number of keys given as INPUTS here does not match model definition");
}

/// `text` as one line of printable characters, at most 16 KiB: what an error reply may hold.
std::string single_line(std::string_view text);

/// An argument as an error message may show it: at most 128 characters of it.
std::string shown(std::string_view argument);

/// Runs `step`; the error reply that it ends in, or an empty string.
template <class Step>
std::string error_of(Step step) {
  try {
    step();
    return {};
  } catch (const CommandError& e) {
    return single_line(e.what());
  } catch (const std::bad_alloc&) {
    return "OOM not enough memory for the tensors of this command";
  } catch (const Error& e) {
    return "ERR " + single_line(e.what());
  } catch (const std::exception& e) {
    return "ERR internal error: " + single_line(e.what());
  }
}

}  // namespace windtunnel::tensordb
