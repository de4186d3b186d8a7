#include "scenario/source.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "base/error.h"
#include "scenario/faults.h"

namespace windtunnel::scenario {
namespace {

constexpr std::size_t max_bytes = 1 << 20;

// Length of the well-formed UTF-8 character at the front of `text` (Unicode 15, table 3-7), or 0.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

// Throws at the first byte that is no text.
void require_text(const std::string& name, std::string_view text) {
  int line = 1, column = 1;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character(text.substr(i));
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (length == 0) {
      throw InputError(fmt::format("{}:{}:{}: byte 0x{:02x} is not UTF-8 text; save the file as UTF-8", name, line, column, c));
    }
    if (c == 0x7F || (c < 0x20 && c != '\n' && c != '\r' && c != '\t')) {
      throw InputError(fmt::format("{}:{}:{}: control character 0x{:02x}; a scenario is plain text", name, line, column, c));
    }
    i += length;
    column = c == '\n' ? 1 : column + 1;
    line += c == '\n' ? 1 : 0;
  }
}

}  // namespace

Source::Source(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines_.push_back(line);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
}

std::string_view Source::line(int number) const {
  return number >= 1 && number <= lines() ? lines_[static_cast<std::size_t>(number - 1)] : std::string_view{};
}

std::shared_ptr<const Source> make_source(std::string name, std::string text) {
  if (text.size() > max_bytes) {
    throw InputError(fmt::format("{}: {} bytes; a scenario file has at most {}", name, text.size(), max_bytes));
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  require_text(name, text);
  return std::make_shared<Source>(std::move(name), std::move(text));
}

std::shared_ptr<const Source> read_source(const std::filesystem::path& file) {
  const std::string name = file.string();
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) throw InputError(name + ": no such file");
  if (error) throw InputError(name + ": " + error.message());
  if (std::filesystem::is_directory(status)) throw InputError(name + ": is a folder; name a scenario file in it");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string text;
  if (stream) {
    text.resize(max_bytes + 1);  // no more than that is ever read, whatever kind of file it is
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.is_open() || stream.bad()) {
    throw InputError(fmt::format("{}: cannot be read: {}", name, std::strerror(errno != 0 ? errno : EIO)));
  }
  if (text.size() > max_bytes) throw InputError(fmt::format("{}: larger than {} bytes; a scenario file is not", name, max_bytes));
  return make_source(name, std::move(text));
}

}  // namespace windtunnel::scenario
