#include "base/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <span>

#include "base/error.h"

namespace windtunnel {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array<Unit, 7> duration_table{
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}, {"d", 86400e9}}};
constexpr std::array<Unit, 9> byte_table{{{"B", 1},
                                          {"KB", 1e3},
                                          {"MB", 1e6},
                                          {"GB", 1e9},
                                          {"TB", 1e12},
                                          {"KiB", 1024.0},
                                          {"MiB", 1048576.0},
                                          {"GiB", 1073741824.0},
                                          {"TiB", 1099511627776.0}}};
constexpr std::array<Unit, 4> memory_table{{{"MB", 1}, {"MiB", 1}, {"GB", 1024}, {"GiB", 1024}}};
constexpr std::array<Unit, 8> bandwidth_table{{{"B/s", 1},
                                               {"KB/s", 1e3},
                                               {"MB/s", 1e6},
                                               {"GB/s", 1e9},
                                               {"bit/s", 1.0 / 8},
                                               {"Kbit/s", 1e3 / 8},
                                               {"Mbit/s", 1e6 / 8},
                                               {"Gbit/s", 1e9 / 8}}};
constexpr std::array<Unit, 1> usd_table{{{"USD", 1}}};
constexpr std::array<Unit, 1> share_table{{{"%", 1}}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

struct Quantity {
  std::string_view number;
  double value;
  const Unit* unit;
};

// Splits "250 ms"; every fault names the text, what was expected and the units allowed.
Quantity split(std::string_view text, std::string_view what, std::span<const Unit> units, std::string_view names) {
  const std::string_view body = trimmed(text);
  double value = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value);
  if (error != std::errc() || !std::isfinite(value)) {
    throw InputError(fmt::format("\"{}\" is not a {}: a number and a unit are needed ({})", text, what, names));
  }
  const auto length = static_cast<std::size_t>(end - body.data());
  const std::string_view unit = trimmed(body.substr(length));
  if (unit.empty()) {
    throw InputError(fmt::format("\"{}\" has no unit: a {} is a number and one of {}", text, what, names));
  }
  const auto found = std::ranges::find(units, unit, &Unit::name);
  if (found != units.end()) return {body.substr(0, length), value, &*found};

  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  const auto near = std::ranges::find_if(
      units, [&](const Unit& known) { return std::ranges::equal(known.name, unit, {}, lower, lower); });
  const std::string question = near == units.end() ? ":" : fmt::format("; did you mean \"{}\"?", near->name);
  throw InputError(fmt::format("unknown unit \"{}\" in \"{}\"{} a {} is a number and one of {}", unit, text, question, what,
                               names));
}

double parse_real(std::string_view text, std::string_view what, std::span<const Unit> units, std::string_view names) {
  const Quantity quantity = split(text, what, units, names);
  const double value = quantity.value * quantity.unit->factor;
  if (!std::isfinite(value)) throw InputError(fmt::format("\"{}\" is too large for a {}", text, what));
  return value;
}

// Whole numbers are scaled as integers, so that no digit is lost; others to the nearest.
std::int64_t parse_whole(std::string_view text, std::string_view what, std::span<const Unit> units,
                         std::string_view names) {
  const Quantity quantity = split(text, what, units, names);
  const double factor = quantity.unit->factor;
  std::int64_t number = 0, scaled = 0;
  const auto [end, error] = std::from_chars(quantity.number.data(), quantity.number.data() + quantity.number.size(), number);
  if (factor >= 1 && error == std::errc() && end == quantity.number.data() + quantity.number.size() &&
      !__builtin_mul_overflow(number, static_cast<std::int64_t>(factor), &scaled)) {
    return scaled;
  }
  const double value = quantity.value * factor;
  if (!(std::abs(value) < 9.2e18)) throw InputError(fmt::format("\"{}\" is too large for a {}", text, what));
  return std::llround(value);
}

// At most three significant decimals, without trailing zeros.
std::string short_number(double value) { return fmt::format("{:.4g}", value); }

std::string scaled(double value, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (std::abs(value) >= unit.factor) best = &unit;
  }
  return short_number(value / best->factor) + " " + std::string(best->name);
}

// A whole amount in the largest unit that divides it; nothing is given in the smallest.
std::string divided(std::int64_t amount, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (amount != 0 && amount % static_cast<std::int64_t>(unit.factor) == 0) best = &unit;
  }
  return fmt::format("{} {}", amount / static_cast<std::int64_t>(best->factor), best->name);
}

}  // namespace

namespace {

std::int64_t whole_nanoseconds(double ns) {
  if (!(std::abs(ns) < 9.2e18)) {
    throw ClockError(fmt::format("{} s is longer than the simulated clock can tell (292 years)", short_number(ns / 1e9)));
  }
  return static_cast<std::int64_t>(ns);
}

}  // namespace

Duration from_seconds(double s) { return Duration(whole_nanoseconds(std::round(s * 1e9))); }

Duration transfer_time(Bytes amount, Bandwidth rate) {
  check(rate.bytes_per_s > 0, "transfer_time: rate is positive");
  return Duration(whole_nanoseconds(std::ceil(static_cast<double>(amount.count) / rate.bytes_per_s * 1e9)));
}

std::string_view duration_units() { return "ns, us, ms, s, min, h, d"; }
std::string_view byte_units() { return "B, KB, MB, GB, TB, KiB, MiB, GiB, TiB"; }
std::string_view memory_units() { return "MB, MiB, GB, GiB"; }
std::string_view bandwidth_units() { return "B/s, KB/s, MB/s, GB/s, bit/s, Kbit/s, Mbit/s, Gbit/s"; }

std::string_view usd_units() { return "USD"; }
std::string_view share_units() { return "%"; }

Duration parse_duration(std::string_view text) {
  return Duration(parse_whole(text, "duration", duration_table, duration_units()));
}

Bytes parse_bytes(std::string_view text) { return {parse_whole(text, "size", byte_table, byte_units())}; }

Memory parse_memory(std::string_view text) {
  const double mb = parse_real(text, "memory", memory_table, memory_units());
  if (mb != std::floor(mb)) throw InputError(fmt::format("\"{}\" is not a whole number of MB", text));
  return {parse_whole(text, "memory", memory_table, memory_units())};
}

Bandwidth parse_bandwidth(std::string_view text) {
  return {parse_real(text, "bandwidth", bandwidth_table, bandwidth_units())};
}

Usd parse_usd(std::string_view text) { return {parse_real(text, "price", usd_table, usd_units())}; }

Share parse_share(std::string_view text) { return {parse_real(text, "share", share_table, share_units())}; }

std::string exact(Duration d) {
  return d == Duration::zero() ? "0 s" : divided(d.count(), std::span(duration_table).first(4));
}
std::string exact(Bytes b) { return divided(b.count, std::span(byte_table).first(5)); }
std::string exact(Memory m) { return fmt::format("{} MB", m.mb); }
std::string exact(Bandwidth b) {
  for (std::size_t i = 4; i-- > 1;) {
    const double scaled_down = b.bytes_per_s / bandwidth_table[i].factor;
    if (std::abs(scaled_down) >= 1 && scaled_down * bandwidth_table[i].factor == b.bytes_per_s) {
      return fmt::format("{} {}", scaled_down, bandwidth_table[i].name);
    }
  }
  return fmt::format("{} B/s", b.bytes_per_s);
}
std::string exact(Usd usd) { return fmt::format("{} USD", usd.value); }
std::string exact(Share share) { return fmt::format("{} %", share.percent); }

std::string format(Duration d) {
  const double s = to_seconds(d);
  if (std::abs(s) < 120) return scaled(static_cast<double>(d.count()), std::span(duration_table).first(4));
  const std::int64_t total = std::llround(std::abs(s));
  const char* sign = s < 0 ? "-" : "";
  if (total < 3600) return fmt::format("{}{} min {:02} s", sign, total / 60, total % 60);
  return fmt::format("{}{} h {:02} min", sign, total / 3600, total % 3600 / 60);
}

std::string format(Bytes b) { return scaled(static_cast<double>(b.count), std::span(byte_table).first(5)); }
std::string format(Memory m) { return fmt::format("{} MB", m.mb); }
std::string format(Bandwidth b) { return scaled(b.bytes_per_s, std::span(bandwidth_table).first(4)); }

std::string format(Usd usd) {
  const double size = std::abs(usd.value);
  const int digits = size >= 100 ? 2 : size >= 1 ? 3 : size >= 0.001 || size == 0 ? 5 : 8;
  return fmt::format("{}${:.{}f}", usd.value < 0 ? "-" : "", size, digits);
}

}  // namespace windtunnel
