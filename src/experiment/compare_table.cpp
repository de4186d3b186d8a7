#include "experiment/compare_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/units.h"
#include "experiment/run_figures.h"

namespace windtunnel::experiment {
namespace {

struct Cells {
  std::vector<std::string> texts;  // one per column; fewer when the line has no figures
  std::string note;                // behind the last cell
};

struct Sheet {
  std::vector<std::string> header;
  std::size_t names = 1;  // leading columns that are text, aligned to the left
  std::vector<Cells> rows;
};

bool wide(const Estimate& estimate) { return std::isfinite(estimate.half_width); }

// As many decimals as show two significant digits of `value`, at most 8.
int decimals_of(double value) {
  return value > 0 ? std::clamp(1 - static_cast<int>(std::floor(std::log10(value))), 0, 8) : 0;
}

// "12.3 ± 0.4", both to two significant digits of the half width.
std::string interval(const Estimate& e, double scale = 1) {
  const int decimals = decimals_of(e.half_width * scale);
  return fmt::format("{:.{}f} ± {:.{}f}", e.mean * scale, decimals, e.half_width * scale, decimals);
}

std::string time_cell(const Estimate& s) {
  if (!std::isfinite(s.mean)) return "–";
  if (s.mean == 0 && !(s.half_width > 0)) return "0 s";
  if (!wide(s) || s.half_width == 0) return format(from_seconds(s.mean));
  if (s.mean < 1) return interval(s, 1e3) + " ms";
  if (s.mean < 1000) return interval(s) + " s";
  return s.mean < 60'000 ? interval(s, 1.0 / 60) + " min" : interval(s, 1.0 / 3600) + " h";
}

std::string bytes_cell(const Estimate& bytes) {
  return std::isfinite(bytes.mean) ? format(Bytes{std::llround(bytes.mean)}) : "–";
}

std::string accuracy_cell(const Estimate& accuracy) {
  if (!std::isfinite(accuracy.mean)) return "–";
  if (!wide(accuracy)) return fmt::format("{:.1f} %", 100 * accuracy.mean);
  return fmt::format("{:.1f} ± {:.1f} %", 100 * accuracy.mean, 100 * accuracy.half_width);
}

std::string count_cell(const Estimate& count) {
  if (!std::isfinite(count.mean)) return "–";
  if (wide(count) && count.half_width > 0) return interval(count);
  return fmt::format("{:.{}f}", count.mean, count.mean == std::floor(count.mean) ? 0 : 1);
}

// As many decimals in every cell of money as give the smallest total three significant digits.
int money_decimals(std::span<const Line> lines) {
  double smallest = 1;
  for (const Line& line : lines) {
    if (const double usd = line["cost_usd"].mean; usd > 0) smallest = std::min(smallest, usd);
  }
  return std::clamp(decimals_of(smallest) + 1, 2, 8);
}

std::string money_cell(double usd, int decimals) {
  if (!std::isfinite(usd)) return "–";
  return usd == 0 ? "0" : fmt::format("{:.{}f}", usd, decimals);
}

std::string cell(Style style, const Estimate& figure, int decimals) {
  switch (style) {
    case Style::hidden:
      break;
    case Style::time:
      return time_cell(figure);
    case Style::total:
      return wide(figure) && figure.half_width != 0 ? interval(figure) : money_cell(figure.mean, decimals);
    case Style::money:
      return money_cell(figure.mean, decimals);
    case Style::share:
      return accuracy_cell(figure);
    case Style::count:
      return count_cell(figure);
    case Style::bytes:
      return bytes_cell(figure);
  }
  throw BrokenInvariant("cell: a style that is shown");
}

// What a person must know beside the figures; of a line without figures, why.
std::string note_of(const Line& line) {
  std::string note;
  if (line.done < line.replications) {
    note = line.replications == 1
               ? std::string(name(line.status))
               : fmt::format("{} of {} {}", line.replications - line.done, line.replications, name(line.status));
    if (!line.reason.empty()) note += ": " + line.reason;
  }
  const auto add = [&note](const std::string& text) { note += (note.empty() ? "" : "; ") + text; };
  if (const Estimate& diverged = line["diverged"]; diverged.mean > 0) {
    const auto runs = std::lround(diverged.mean * static_cast<double>(diverged.values));
    add(diverged.values == 1 ? "the loss diverged" : fmt::format("the loss diverged in {} of {}", runs, diverged.values));
  }
  if (!line.reproducible) add("measured durations");
  if (!line.inputs.empty()) add("other inputs than above: " + line.inputs);
  return note;
}

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
  for (const NameColumn& column : names) sheet.header.push_back(column.header);
  sheet.names = sheet.header.size();
  for (const RunFigure& figure : run_figures()) {
    if (figure.style != Style::hidden) sheet.header.emplace_back(figure.heading);
  }
  const int decimals = money_decimals(lines);
  for (const Line& line : lines) {
    Cells cells;
    for (const NameColumn& column : names) cells.texts.push_back(column.text(line));
    cells.note = note_of(line);
    if (line.done > 0) {
      for (std::size_t i = 0; i < run_figures().size(); ++i) {
        const Style style = run_figures()[i].style;
        if (style != Style::hidden) cells.texts.push_back(cell(style, line.figures[i], decimals));
      }
    }
    sheet.rows.push_back(std::move(cells));
  }
  return sheet;
}

// Columns on a screen: code points; no text here holds wide or combining ones.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, bool left) {
  const std::string space(width - std::min(width, width_of(text)), ' ');
  return left ? text + space : space + text;
}

void strip_end(std::string& text) { text.erase(text.find_last_not_of(' ') + 1); }

}  // namespace

std::string to_table(std::span<const Line> lines) {
  const Sheet sheet = sheet_of(lines);
  std::vector<std::size_t> widths;
  for (const std::string& title : sheet.header) widths.push_back(width_of(title));
  for (const Cells& row : sheet.rows) {
    for (std::size_t i = 0; i < row.texts.size(); ++i) widths[i] = std::max(widths[i], width_of(row.texts[i]));
  }
  const auto line = [&](const std::vector<std::string>& texts, const std::string& note) {
    std::string text;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (i > 0) text += "  ";
      text += padded(texts[i], widths[i], i < sheet.names);
    }
    if (!note.empty()) text += "  " + note;
    strip_end(text);
    return text + "\n";
  };
  std::string text = line(sheet.header, "");
  std::vector<std::string> rule;
  for (std::size_t width : widths) {
    std::string dashes;
    for (std::size_t i = 0; i < width; ++i) dashes += "─";
    rule.push_back(dashes);
  }
  text += line(rule, "");
  for (const Cells& row : sheet.rows) text += line(row.texts, row.note);
  return text;
}

std::string to_markdown(std::span<const Line> lines) {
  const Sheet sheet = sheet_of(lines);
  const bool notes = std::any_of(sheet.rows.begin(), sheet.rows.end(), [](const Cells& row) { return !row.note.empty(); });
  const auto escaped = [](const std::string& text) {
    std::string out;
    for (char c : text) out += c == '|' ? "\\|" : c == '\n' ? " " : std::string(1, c);
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
