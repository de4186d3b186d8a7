#include "tensordb/command_error.h"

namespace windtunnel::tensordb {

std::string single_line(std::string_view text) {
  constexpr std::size_t limit = 16384;
  std::string line(text.substr(0, limit));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

std::string shown(std::string_view argument) {
  constexpr std::size_t limit = 128;
  return single_line(argument.size() <= limit ? std::string(argument) : std::string(argument.substr(0, limit)) + "...");
}

}  // namespace windtunnel::tensordb
