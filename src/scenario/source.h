// The text that settings are read from, kept so that every message can show the line it is about.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace windtunnel::scenario {

/// A named text cut into lines (without their ends). Never changes once it is made.
class Source {
 public:
  Source(std::string name, std::string text);

  const std::string& name() const noexcept { return name_; }
  const std::string& text() const noexcept { return text_; }
  int lines() const noexcept { return static_cast<int>(lines_.size()); }
  /// Line `number`, counted from 1; empty when there is no such line.
  std::string_view line(int number) const;

 private:
  std::string name_, text_;
  std::vector<std::string_view> lines_;
};

/// A place in a source. Line and column count from 1; a column is a character (code point), not a byte.
struct Mark {
  std::shared_ptr<const Source> source;
  int line = 1;
  int column = 1;
};

/// A source of text that came from elsewhere: at most 1 MiB of UTF-8 without control characters; a byte order mark is
/// dropped. Throws InputError that names the source and the line and column at fault.
std::shared_ptr<const Source> make_source(std::string name, std::string text);

/// The same for the content of a file. Throws InputError also when it is not there, a folder, or unreadable.
std::shared_ptr<const Source> read_source(const std::filesystem::path& file);

}  // namespace windtunnel::scenario
