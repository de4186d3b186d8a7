#include "experiment/compare_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "base/units.h"

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

std::string with_interval(std::string mean, const std::string& half_width, bool has_interval) {
  return has_interval ? std::move(mean) + " ± " + half_width : std::move(mean);
}

bool wide(const Estimate& estimate) { return std::isfinite(estimate.half_width); }

std::string time_cell(const Estimate& s) {
  if (!std::isfinite(s.mean)) return "–";
  return with_interval(format(from_seconds(s.mean)), wide(s) ? format(from_seconds(s.half_width)) : "", wide(s));
}

std::string bytes_cell(const Estimate& bytes) {
  const auto text = [](double value) { return format(Bytes{std::llround(value)}); };
  if (!std::isfinite(bytes.mean)) return "–";
  return with_interval(text(bytes.mean), wide(bytes) ? text(bytes.half_width) : "", wide(bytes) && bytes.half_width > 0);
}

std::string accuracy_cell(const Estimate& accuracy) {
  if (!std::isfinite(accuracy.mean)) return "–";
  const std::string mean = fmt::format("{:.1f}", 100 * accuracy.mean);
  return with_interval(mean, wide(accuracy) ? fmt::format("{:.1f}", 100 * accuracy.half_width) : "", wide(accuracy)) + " %";
}

std::string count_cell(const Estimate& count) {
  if (!std::isfinite(count.mean)) return "–";
  const auto text = [](double value) {
    return value == std::floor(value) ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}", value);
  };
  return with_interval(text(count.mean), wide(count) ? text(count.half_width) : "", wide(count) && count.half_width > 0);
}

// As many decimals in every cell of money as give the smallest total three significant digits.
int money_decimals(std::span<const Line> lines) {
  double smallest = 1e9;
  for (const Line& line : lines) {
    if (line.cost_usd.mean > 0) smallest = std::min(smallest, line.cost_usd.mean);
  }
  return std::clamp(2 - static_cast<int>(std::floor(std::log10(smallest))), 2, 8);
}

std::string money_cell(const Estimate& usd, int decimals) {
  if (!std::isfinite(usd.mean)) return "–";
  if (usd.mean == 0) return "0";
  return with_interval(fmt::format("{:.{}f}", usd.mean, decimals),
                       wide(usd) ? fmt::format("{:.{}f}", usd.half_width, decimals) : "", wide(usd));
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
  if (!line.reproducible) note += note.empty() ? "measured durations" : "; measured durations";
  return note;
}

// Architecture, rule and attack get a column only where they tell lines apart and the names do not.
struct NameColumn {
  std::string_view header;
  std::string Line::* text;
};

std::vector<NameColumn> name_columns(std::span<const Line> lines) {
  std::vector<NameColumn> chosen;
  const NameColumn all[] = {
      {"architecture", &Line::architecture}, {"rule", &Line::rule}, {"attack", &Line::attack}};
  for (const NameColumn& column : all) {
    std::set<std::string> values;
    bool same_as_name = true;
    for (const Line& line : lines) {
      values.insert(line.*column.text);
      same_as_name = same_as_name && line.*column.text == line.name;
    }
    if (values.size() > 1 && !same_as_name) chosen.push_back(column);
  }
  return chosen;
}

Sheet sheet_of(std::span<const Line> lines) {
  Sheet sheet;
  const std::vector<NameColumn> names = name_columns(lines);
  sheet.header = {"run"};
  for (const NameColumn& column : names) sheet.header.emplace_back(column.header);
  sheet.names = sheet.header.size();
  for (const char* column : {"time", "cost USD", "compute", "requests", "storage", "machines", "accuracy", "cold starts",
                             "bytes moved"}) {
    sheet.header.emplace_back(column);
  }
  const int decimals = money_decimals(lines);
  for (const Line& line : lines) {
    Cells cells;
    cells.texts = {line.name};
    for (const NameColumn& column : names) cells.texts.push_back(line.*column.text);
    cells.note = note_of(line);
    if (line.done > 0) {
      cells.texts.push_back(time_cell(line.simulated_s));
      for (const Estimate* usd :
           {&line.cost_usd, &line.compute_usd, &line.requests_usd, &line.storage_usd, &line.machines_usd}) {
        cells.texts.push_back(money_cell(*usd, decimals));
      }
      cells.texts.push_back(accuracy_cell(line.accuracy));
      cells.texts.push_back(count_cell(line.cold_starts));
      cells.texts.push_back(bytes_cell(line.bytes_moved));
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
