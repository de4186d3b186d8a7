// Text for a terminal: how wide it is there, and nothing in it that the terminal would obey.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace windtunnel {

/// The text with every control character but line breaks, and every byte that is no UTF-8, written as `\x1b`: names come from
/// files, and a terminal obeys what it is sent.
std::string printable(std::string_view text);

/// Columns that printable text of one line takes: two for East Asian wide characters and emoji, none for combining marks.
std::size_t columns_of(std::string_view text);

/// Where a text that is too long loses some of it.
enum class Clip { begin, middle, end };

/// The text in at most so many columns, with "…" in the place of what is left out.
std::string clipped(const std::string& text, std::size_t columns, Clip where = Clip::end);

/// The text filled up with spaces to so many columns.
std::string padded(const std::string& text, std::size_t columns, bool left = true);

/// The words in lines of at most so many columns; a longer word stands on a line of its own.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

}  // namespace windtunnel
