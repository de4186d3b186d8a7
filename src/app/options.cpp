#include "app/options.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace windtunnel::app {

CLI::Validator whole_number(std::int64_t min, std::int64_t max) {
  const auto read = [min, max](std::string& text) -> std::string {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool digits = !text.empty() && end == text.data() + text.size() && error != std::errc::invalid_argument;
    if (!digits) return fmt::format("\"{}\" is not a whole number in decimal digits", text);
    if (error == std::errc::result_out_of_range || value < min || value > max) {
      return fmt::format("{} is out of range (from {} to {})", text, min, max);
    }
    text = std::to_string(value);  // leading zeros would mean something else to what reads it next
    return {};
  };
  return CLI::Validator(read, fmt::format("{}..{}", min, max), "whole_number");
}

CLI::Validator real_number(double min, double max) {
  const auto read = [min, max](std::string& text) -> std::string {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || end != text.data() + text.size() || error != std::errc() || !std::isfinite(value)) {
      return fmt::format("\"{}\" is not a number", text);
    }
    return value < min || value > max ? fmt::format("{} is out of range (from {} to {})", text, min, max) : std::string();
  };
  return CLI::Validator(read, fmt::format("{}..{}", min, max), "real_number");
}

void refuse_empty_values(CLI::App& cli) {
  for (CLI::Option* option : cli.get_options()) {
    if (option->get_items_expected_max() == 0) continue;  // a flag
    option->check([](const std::string& text) { return text.empty() ? std::string("the value is empty") : std::string(); });
  }
  for (CLI::App* command : cli.get_subcommands([](const CLI::App*) { return true; })) refuse_empty_values(*command);
}

}  // namespace windtunnel::app
