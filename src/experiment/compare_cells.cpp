#include "experiment/compare_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/units.h"

namespace windtunnel::experiment {
namespace {

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

std::string share_cell(const Estimate& share) {
  if (!std::isfinite(share.mean)) return "–";
  if (!wide(share)) return fmt::format("{:.1f} %", 100 * share.mean);
  return fmt::format("{:.1f} ± {:.1f} %", 100 * share.mean, 100 * share.half_width);
}

std::string count_cell(const Estimate& count) {
  if (!std::isfinite(count.mean)) return "–";
  if (wide(count) && count.half_width > 0) return interval(count);
  return fmt::format("{:.{}f}", count.mean, count.mean == std::floor(count.mean) ? 0 : 1);
}

std::string money_cell(double usd, int decimals) {
  if (!std::isfinite(usd)) return "–";
  return usd == 0 ? "0" : fmt::format("{:.{}f}", usd, decimals);
}

// A loss may be anything; one that diverged may be no number at all, which a file keeps as none.
std::string number_cell(const Line& line, const Estimate& number) {
  if (number.values == 0) return line["diverged"].mean > 0 ? "NaN" : "–";
  if (!std::isfinite(number.mean)) return number.mean > 0 ? "∞" : "-∞";
  const double size = std::abs(number.mean);
  if (wide(number) && number.half_width > 0 && size >= 1e-3 && size < 1e5) return interval(number);
  const std::string mean = fmt::format("{:.3g}", number.mean);
  return wide(number) && number.half_width > 0 ? fmt::format("{} ± {:.2g}", mean, number.half_width) : mean;
}

std::string rounds_cell(const Line& line, const Estimate& rounds) {
  const double planned = line["rounds_planned"].mean;
  const std::string done = count_cell(rounds);
  return rounds.mean < planned ? fmt::format("{} of {:.0f}", done, planned) : done;
}

std::string target_cell(const Line& line, const Estimate& reached) {
  if (reached.values == 0) return "–";
  const std::string target = fmt::format("{:.4g} %", 100 * line["target_accuracy"].mean);
  if (reached.mean == 1) return target + " reached";
  if (reached.mean == 0) return target + " missed";
  return fmt::format("{} in {:.0f} of {}", target, reached.mean * static_cast<double>(reached.values), reached.values);
}

}  // namespace

int money_decimals(std::span<const Line> lines) {
  double smallest = 1;
  for (const Line& line : lines) {
    if (const double usd = line["cost_usd"].mean; usd > 0) smallest = std::min(smallest, usd);
  }
  return std::clamp(decimals_of(smallest) + 1, 2, 8);
}

std::string cell_of(const Line& line, std::size_t index, int decimals) {
  const Estimate& figure = line.figures[index];
  switch (run_figures()[index].style) {
    case Style::hidden:
      break;
    case Style::time:
      return time_cell(figure);
    case Style::total:
      return wide(figure) && figure.half_width != 0 ? interval(figure) : money_cell(figure.mean, decimals);
    case Style::money:
      return money_cell(figure.mean, decimals);
    case Style::share:
      return share_cell(figure);
    case Style::number:
      return number_cell(line, figure);
    case Style::rounds:
      return rounds_cell(line, figure);
    case Style::target:
      return target_cell(line, figure);
    case Style::count:
      return count_cell(figure);
    case Style::bytes:
      return bytes_cell(figure);
  }
  throw BrokenInvariant("cell_of: a style that is shown");
}

bool is_shown(const RunFigure& figure, std::span<const Line> lines) {
  if (figure.style == Style::hidden) return false;
  const auto any = [&](auto what) { return std::any_of(lines.begin(), lines.end(), what); };
  const std::string_view name = figure.column.name;
  switch (figure.shown) {
    case Shown::always:
      return true;
    case Shown::where_known:
      return any([&](const Line& line) { return line[name].values > 0; });
    case Shown::where_any:
      return any([&](const Line& line) { return line[name].mean > 0; });
    case Shown::without_score:
      return any([&](const Line& line) {
        return (line[name].values > 0 || line["diverged"].mean > 0) && line["accuracy"].values == 0;
      });
  }
  throw BrokenInvariant("is_shown: a known case");
}

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

}  // namespace windtunnel::experiment
