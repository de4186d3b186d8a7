// For tests of error messages.
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace windtunnel {

/// The message of the E that `call` throws; a test failure when it throws none.
template <class E, class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const E& e) {
    return e.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return {};
}

}  // namespace windtunnel
