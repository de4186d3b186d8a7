#include "experiment/compare_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "base/screen_text.h"
#include "experiment/compare_cells.h"
#include "experiment/run_figures.h"

namespace windtunnel::experiment {
namespace {

struct Cells {
  std::vector<std::string> texts;  // one per column; fewer when the line has no figures
  std::string note;                // behind the last cell
};

struct Sheet {
  std::vector<std::string> header;
  std::vector<int> ranks;  // of the columns behind the names: which of them go first
  std::size_t names = 1;   // leading columns that are text, aligned to the left
  std::vector<Cells> rows;
};

struct NameColumn {
  std::string header;
  std::function<std::string(const Line&)> text;
};

std::string axis_value(const Line& line, const std::string& path) {
  for (const SweepValue& value : line.sweep_values) {
    if (value.path == path) return value.value;
  }
  return "–";
}

// What tells the lines apart: a title, the axes of sweeps, and architecture, rule and attack where they differ and the
// titles do not say so already.
std::vector<NameColumn> name_columns(std::span<const Line> lines) {
  std::vector<std::string> paths;
  std::set<std::string> titles;
  for (const Line& line : lines) {
    titles.insert(line.title);
    for (const SweepValue& value : line.sweep_values) {
      if (std::find(paths.begin(), paths.end(), value.path) == paths.end()) paths.push_back(value.path);
    }
  }
  std::vector<NameColumn> chosen;
  if (titles.size() > 1 || paths.empty()) chosen.push_back({"run", [](const Line& line) { return line.title; }});
  const std::pair<const char*, std::string Line::*> all[] = {
      {"architecture", &Line::architecture}, {"rule", &Line::rule}, {"attack", &Line::attack}};
  for (const auto& [header, text] : all) {
    std::set<std::string> values;
    bool told = std::find(paths.begin(), paths.end(), header) != paths.end();
    bool in_title = true;
    for (const Line& line : lines) {
      values.insert(line.*text);
      in_title = in_title && line.title.starts_with(line.*text);
    }
    told = told || in_title;
    if (values.size() > 1 && !told) chosen.push_back({header, [text = text](const Line& line) { return line.*text; }});
  }
  for (const std::string& path : paths) {
    chosen.push_back({path, [path](const Line& line) { return axis_value(line, path); }});
  }
  return chosen;
}

Sheet sheet_of(std::span<const Line> lines) {
  Sheet sheet;
  const std::vector<NameColumn> names = name_columns(lines);
  for (const NameColumn& column : names) sheet.header.push_back(printable(column.header));
  sheet.names = sheet.header.size();
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < run_figures().size(); ++i) {
    if (!is_shown(run_figures()[i], lines)) continue;
    shown.push_back(i);
    sheet.header.emplace_back(run_figures()[i].heading);
    sheet.ranks.push_back(run_figures()[i].rank);
  }
  const int decimals = money_decimals(lines);
  for (const Line& line : lines) {
    Cells cells;
    for (const NameColumn& column : names) cells.texts.push_back(printable(column.text(line)));
    cells.note = printable(note_of(line));
    if (line.done > 0) {
      for (const std::size_t i : shown) cells.texts.push_back(cell_of(line, i, decimals));
    }
    sheet.rows.push_back(std::move(cells));
  }
  return sheet;
}

constexpr std::size_t gap = 2;               // between columns
constexpr std::size_t least_name = 10;       // a name is not clipped further than that
constexpr std::size_t most_figures_first = 2;  // figures that names make room for

std::vector<std::size_t> widths_of(const Sheet& sheet) {
  std::vector<std::size_t> widths;
  for (const std::string& title : sheet.header) widths.push_back(columns_of(title));
  for (const Cells& row : sheet.rows) {
    for (std::size_t i = 0; i < row.texts.size(); ++i) widths[i] = std::max(widths[i], columns_of(row.texts[i]));
  }
  return widths;
}

// Figures in the order in which they are wanted.
std::vector<std::size_t> by_rank(const Sheet& sheet) {
  std::vector<std::size_t> order(sheet.ranks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return sheet.ranks[a] < sheet.ranks[b]; });
  return order;
}

// What a terminal of so many columns can show of the sheet: which columns, and how wide.
struct Layout {
  std::vector<std::size_t> shown, widths;  // of the shown ones, by column
};

Layout fit(const Sheet& sheet, std::size_t columns) {
  Layout layout{.shown = {}, .widths = widths_of(sheet)};
  const auto all = [&](const std::vector<std::size_t>& shown) {
    std::size_t sum = gap * (shown.empty() ? 0 : shown.size() - 1);
    for (const std::size_t i : shown) sum += layout.widths[i];
    return sum;
  };
  layout.shown.resize(sheet.header.size());
  std::iota(layout.shown.begin(), layout.shown.end(), std::size_t{0});
  if (columns == 0 || all(layout.shown) <= columns) return layout;

  const std::vector<std::size_t> wanted = by_rank(sheet);
  layout.shown.resize(sheet.names);
  std::size_t taken = 0;
  const auto take = [&] { layout.shown.push_back(sheet.names + wanted[taken++]); };
  while (taken < std::min(most_figures_first, wanted.size())) take();
  while (all(layout.shown) > columns) {
    const auto widest = std::max_element(layout.widths.begin(), layout.widths.begin() + static_cast<std::ptrdiff_t>(sheet.names));
    if (*widest <= least_name) break;
    --*widest;
  }
  while (taken < wanted.size()) {
    take();
    if (all(layout.shown) <= columns) continue;
    layout.shown.pop_back();  // and none of what matters less in its place
    break;
  }
  std::sort(layout.shown.begin(), layout.shown.end());
  return layout;
}

void strip_end(std::string& text) { text.erase(text.find_last_not_of(' ') + 1); }

}  // namespace

std::string to_table(std::span<const Line> lines, std::size_t columns) {
  const Sheet sheet = sheet_of(lines);
  const Layout layout = fit(sheet, columns);
  const auto line = [&](const std::vector<std::string>& texts, bool header) {
    std::string text;
    for (std::size_t n = 0; n < layout.shown.size() && layout.shown[n] < texts.size(); ++n) {
      const std::size_t i = layout.shown[n];
      if (n > 0) text += std::string(gap, ' ');
      // Of a long path, the end says what it is; names often differ at their ends.
      text += padded(clipped(texts[i], layout.widths[i], header ? Clip::begin : Clip::middle), layout.widths[i], i < sheet.names);
    }
    strip_end(text);
    return text;
  };
  std::string text = line(sheet.header, true) + "\n";
  std::vector<std::string> rule;
  for (const std::size_t width : layout.widths) {
    std::string dashes;
    for (std::size_t i = 0; i < width; ++i) dashes += "─";
    rule.push_back(dashes);
  }
  text += line(rule, false) + "\n";
  for (const Cells& row : sheet.rows) {
    std::string cells = line(row.texts, false);
    if (row.note.empty() || columns == 0 || columns_of(cells) + gap + columns_of(row.note) <= columns) {
      text += cells + (row.note.empty() ? "" : "  " + row.note) + "\n";
      continue;
    }
    text += cells + "\n";
    for (const std::string& part : wrapped(row.note, columns - 2 * gap)) text += std::string(2 * gap, ' ') + part + "\n";
  }
  if (const std::size_t left_out = sheet.header.size() - layout.shown.size(); left_out > 0) {
    text += fmt::format("({} more column{}: --wide)\n", left_out, left_out == 1 ? "" : "s");
  }
  return text;
}

std::string to_markdown(std::span<const Line> lines) {
  const Sheet sheet = sheet_of(lines);
  const bool notes = std::any_of(sheet.rows.begin(), sheet.rows.end(), [](const Cells& row) { return !row.note.empty(); });
  const auto escaped = [](const std::string& text) {
    std::string out;
    for (char c : printable(text)) out += c == '|' ? "\\|" : c == '\n' ? " " : std::string(1, c);
    return out;
  };
  std::string text = "|", rule = "|";
  for (std::size_t i = 0; i < sheet.header.size(); ++i) {
    text += fmt::format(" {} |", sheet.header[i]);
    rule += i < sheet.names ? " --- |" : " ---: |";
  }
  if (notes) {
    text += " note |";
    rule += " --- |";
  }
  text += "\n" + rule + "\n";
  for (const Cells& row : sheet.rows) {
    text += "|";
    for (std::size_t i = 0; i < sheet.header.size(); ++i) {
      text += fmt::format(" {} |", i < row.texts.size() ? escaped(row.texts[i]) : "–");
    }
    if (notes) text += fmt::format(" {} |", escaped(row.note));
    text += "\n";
  }
  return text;
}

}  // namespace windtunnel::experiment
