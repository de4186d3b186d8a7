// The forms of a comparison that programs read: JSON and CSV. Both show the same figures, once, as run_figures() lists them.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "experiment/compare.h"
#include "experiment/compare_table.h"
#include "experiment/run_figures.h"

namespace windtunnel::experiment {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> format_names{"table", "json", "csv", "md"};

// Whole numbers stay whole; what is not a number is null.
Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::floor(value) && std::abs(value) < 0x1p53) return static_cast<std::int64_t>(value);
  return value;
}

Json object(const Line& line) {
  Json json;
  json["name"] = line.name;
  json["architecture"] = line.architecture;
  json["rule"] = line.rule;
  json["attack"] = line.attack;
  json["sweep"] = Json::object();
  for (const SweepValue& value : line.sweep_values) json["sweep"][value.path] = value.value;
  json["seed"] = line.seed;
  json["replications"] = line.replications;
  json["done"] = line.done;
  json["status"] = name(line.status);
  json["reason"] = line.reason;
  json["reproducible"] = line.reproducible;
  json["price_sheet"] = line.price_sheet;
  for (std::size_t i = 0; i < run_figures().size(); ++i) {
    const RunFigure& figure = run_figures()[i];
    const Estimate& estimate = line.figures[i];
    if (!figure.group.empty()) {
      json[std::string(figure.group)][std::string(figure.member)] = number(estimate.mean);
    } else {
      json[std::string(figure.column.name)] = number(estimate.mean);
      json[fmt::format("{}_ci95", figure.column.name)] = number(estimate.half_width);
    }
  }
  json["cost_by_service"] = Json::object();
  for (const auto& [service, usd] : line.cost_by_service) json["cost_by_service"][service] = number(usd);
  json["trajectory_fingerprint"] = line.trajectory_fingerprint;
  json["results_fingerprint"] = line.results_fingerprint;
  return json;
}

std::string to_json(std::span<const Line> lines) {
  std::string text = "[";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += i == 0 ? "\n" : ",\n";
    text += object(lines[i]).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return text + "\n]\n";
}

// A field of RFC 4180.
std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string csv_value(const Json& value) {
  if (value.is_null()) return "";
  return csv_field(value.is_string() ? value.get<std::string>() : value.dump());
}

// The objects of the JSON form made flat: nested objects become columns `<object>.<key>`, the union over all lines.
std::string to_csv(std::span<const Line> lines) {
  std::vector<std::string> header;
  std::set<std::string> nested;
  for (const Line& line : lines) {
    const Json json = object(line);
    for (const auto& [key, value] : json.items()) {
      if (!value.is_object()) continue;
      for (const auto& [inner, ignored] : value.items()) nested.insert(key + "." + inner);
    }
  }
  const Json order = object(lines.empty() ? Line{} : lines.front());
  for (const auto& [key, value] : order.items()) {
    if (!value.is_object()) {
      header.push_back(key);
      continue;
    }
    for (const std::string& column : nested) {
      if (column.starts_with(key + ".")) header.push_back(column);
    }
  }
  const auto row = [](const std::vector<std::string>& fields) { return fmt::format("{}\r\n", fmt::join(fields, ",")); };
  std::vector<std::string> fields;
  for (const std::string& column : header) fields.push_back(csv_field(column));
  std::string text = row(fields);
  for (const Line& line : lines) {
    const Json json = object(line);
    fields.clear();
    for (const std::string& column : header) {
      const std::size_t dot = column.find('.');
      const Json* value = nullptr;
      if (dot == std::string::npos) {
        value = &json.at(column);
      } else if (const Json& inner = json.at(column.substr(0, dot)); inner.contains(column.substr(dot + 1))) {
        value = &inner.at(column.substr(dot + 1));
      }
      fields.push_back(value == nullptr ? "" : csv_value(*value));
    }
    text += row(fields);
  }
  return text;
}

}  // namespace

std::span<const std::string_view> formats() { return format_names; }

Format format_named(std::string_view name) {
  for (std::size_t i = 0; i < format_names.size(); ++i) {
    if (format_names[i] == name) return static_cast<Format>(i);
  }
  throw InputError(unknown_word("format", name, format_names));
}

std::string render(std::span<const Line> lines, Format format, std::size_t columns) {
  switch (format) {
    case Format::table:
      return to_table(lines, columns);
    case Format::json:
      return to_json(lines);
    case Format::csv:
      return to_csv(lines);
    case Format::md:
      return to_markdown(lines);
  }
  throw BrokenInvariant("render: a format of the list");
}

}  // namespace windtunnel::experiment
