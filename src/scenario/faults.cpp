#include "scenario/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace windtunnel::scenario {
namespace {

constexpr std::size_t widest = 110;  // characters of a source line that are shown

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> all;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 1;
    while (i + length < text.size() && (static_cast<unsigned char>(text[i + length]) & 0xC0U) == 0x80U) ++length;
    all.push_back(text.substr(i, length));
    i += length;
  }
  return all;
}

// The line without its indentation, a window of it when it is long, and a caret below the column.
std::string excerpt(const Fault& fault) {
  if (!fault.mark.source) return fault.hint.empty() ? "" : "\n    " + fault.hint;
  const std::vector<std::string_view> line = characters(fault.mark.source->line(fault.mark.line));
  const std::size_t column = std::min(static_cast<std::size_t>(fault.mark.column - 1), line.size());
  std::size_t first = 0;
  while (first < column && (line[first] == " " || line[first] == "\t")) ++first;
  if (column > first + widest * 2 / 3) first = column - widest * 2 / 3;
  const std::size_t last = std::min(line.size(), first + widest);

  std::string shown = "\n    ", below = "\n    ";
  for (std::size_t i = first; i < last; ++i) shown += line[i];
  for (std::size_t i = first; i < column; ++i) below += line[i] == "\t" ? "\t" : " ";
  return shown + below + "^" + (fault.hint.empty() ? "" : " " + fault.hint);
}

auto place_of(const Fault& fault) {
  const Source* source = fault.mark.source.get();
  return std::tuple(source == nullptr ? std::string_view{} : std::string_view(source->name()), fault.mark.line,
                    fault.mark.column);
}

std::string text_of(const std::vector<Fault>& faults) {
  constexpr std::size_t most = 100;
  std::string text;
  for (std::size_t i = 0; i < std::min(faults.size(), most); ++i) {
    if (i > 0) text += '\n';
    text += to_text(faults[i]);
  }
  if (faults.size() > most) text += fmt::format("\n… and {} more faults", faults.size() - most);
  return text;
}

}  // namespace

std::string headline(const Fault& fault) {
  std::string text;
  if (fault.mark.source) text = fmt::format("{}:{}:{}: ", fault.mark.source->name(), fault.mark.line, fault.mark.column);
  return text + (fault.path.empty() ? "" : fault.path + ": ") + fault.message;
}

std::string to_text(const Fault& fault) { return headline(fault) + excerpt(fault); }

Faulty::Faulty(std::vector<Fault> faults) : InputError(text_of(faults)), faults_(std::move(faults)) {}

void Faults::add(Fault fault) {
  if (known_.insert(headline(fault)).second) faults_.push_back(std::move(fault));
}

void Faults::throw_if_any() const {
  if (faults_.empty()) return;
  std::vector<Fault> sorted = faults_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Fault& a, const Fault& b) { return place_of(a) < place_of(b); });
  throw Faulty(std::move(sorted));
}

}  // namespace windtunnel::scenario
