#include "base/screen_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace windtunnel {
namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

// The character that begins at `text`, which is not empty.
Character first(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t size = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 0;
  if (size == 0 || text.size() < size) return {};
  std::uint32_t code = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (code < least[size] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {};
  return {code, size, true};
}

struct Range {
  std::uint32_t from, to;
};

bool in(std::uint32_t code, const auto& ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [code](const Range& r) { return code >= r.from && code <= r.to; });
}

// Unicode's East Asian Width W and F, in blocks (UAX #11).
constexpr std::array wide{Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},  Range{0xAC00, 0xD7A3},
                          Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},  Range{0xFFE0, 0xFFE6},
                          Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1FAFF}, Range{0x20000, 0x3FFFD}};
constexpr std::array combining{Range{0x0300, 0x036F}, Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200D},
                               Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}};

std::size_t width(const Character& c) { return !c.valid ? 1 : in(c.code, combining) ? 0 : in(c.code, wide) ? 2 : 1; }

// U+202A–E and U+2066–9 turn the direction of what follows.
constexpr std::array obeyed{Range{0x00, 0x09}, Range{0x0B, 0x1F}, Range{0x7F, 0x9F}, Range{0x2028, 0x202E}, Range{0x2066, 0x2069}};

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character c = first(text);
    if (c.valid && !in(c.code, obeyed)) {
      out += text.substr(0, c.bytes);
    } else {
      out += !c.valid ? fmt::format("\\x{:02x}", static_cast<std::uint8_t>(text[0]))
             : c.code < 0x100 ? fmt::format("\\x{:02x}", c.code) : fmt::format("\\u{:04x}", c.code);
    }
    text.remove_prefix(c.bytes);
  }
  return out;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Character c = first(text);
    columns += width(c);
    text.remove_prefix(c.bytes);
  }
  return columns;
}

namespace {

// As much of the beginning as fits.
std::string head(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0, used = 0;
  while (bytes < text.size()) {
    const Character c = first(text.substr(bytes));
    if (used + width(c) > columns) break;
    used += width(c);
    bytes += c.bytes;
  }
  return std::string(text.substr(0, bytes));
}

std::string tail(std::string_view text, std::size_t columns) {
  while (columns_of(text) > columns) text.remove_prefix(first(text).bytes);
  return std::string(text);
}

}  // namespace

std::string clipped(const std::string& text, std::size_t columns, Clip where) {
  if (columns_of(text) <= columns) return text;
  if (columns == 0) return "";
  const std::size_t left = columns - 1;
  if (where == Clip::end) return head(text, left) + "…";
  if (where == Clip::begin) return "…" + tail(text, left);
  return head(text, left - left / 2) + "…" + tail(text, left / 2);
}

std::string padded(const std::string& text, std::size_t columns, bool left) {
  const std::string space(columns - std::min(columns, columns_of(text)), ' ');
  return left ? text + space : space + text;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string word(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!lines.empty() && columns_of(lines.back()) + 1 + columns_of(word) <= columns) lines.back() += " " + word;
    else lines.push_back(word);
  }
  return lines;
}

}  // namespace windtunnel
