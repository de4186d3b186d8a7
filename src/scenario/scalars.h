// The types of settings that are written as one value: how they are read, written and bounded. Loader, sweep, schema and
// dump all use this one table of them.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/fields.h"
#include "base/units.h"
#include "scenario/tree.h"

namespace windtunnel::scenario {

/// `noun`: what messages call it. `units`: empty for plain types. `zero_based`: negative values make no sense unless the
/// limits say so. `number`/`of_number`: from and to the unit that Limits are in.
template <class T>
struct Scalar;

template <>
struct Scalar<bool> {
  static constexpr std::string_view noun = "true or false";
};

template <>
struct Scalar<std::int64_t> {
  static constexpr std::string_view noun = "a whole number";
  static constexpr bool zero_based = false;
  static double number(std::int64_t v) { return static_cast<double>(v); }
  static std::int64_t of_number(double v) { return std::llround(v); }
};

template <>
struct Scalar<double> {
  static constexpr std::string_view noun = "a number";
  static constexpr bool zero_based = false;
  static double number(double v) { return v; }
  static double of_number(double v) { return v; }
};

template <>
struct Scalar<std::string> {
  static constexpr std::string_view noun = "text";
};

template <>
struct Scalar<Duration> {
  static constexpr std::string_view noun = "a duration";
  static constexpr bool zero_based = true;
  static constexpr auto units = duration_units;
  static constexpr auto parse = parse_duration;
  static double number(Duration v) { return to_seconds(v); }
  static Duration of_number(double v) { return from_seconds(v); }
};

template <>
struct Scalar<Bytes> {
  static constexpr std::string_view noun = "a size";
  static constexpr bool zero_based = true;
  static constexpr auto units = byte_units;
  static constexpr auto parse = parse_bytes;
  static double number(Bytes v) { return static_cast<double>(v.count); }
  static Bytes of_number(double v) { return {std::llround(v)}; }
};

template <>
struct Scalar<Memory> {
  static constexpr std::string_view noun = "a memory";
  static constexpr bool zero_based = true;
  static constexpr auto units = memory_units;
  static constexpr auto parse = parse_memory;
  static double number(Memory v) { return static_cast<double>(v.mb); }
  static Memory of_number(double v) { return {std::llround(v)}; }
};

template <>
struct Scalar<Bandwidth> {
  static constexpr std::string_view noun = "a bandwidth";
  static constexpr bool zero_based = true;
  static constexpr auto units = bandwidth_units;
  static constexpr auto parse = parse_bandwidth;
  static double number(Bandwidth v) { return v.bytes_per_s; }
  static Bandwidth of_number(double v) { return {v}; }
};

template <>
struct Scalar<Usd> {
  static constexpr std::string_view noun = "a price";
  static constexpr bool zero_based = true;
  static constexpr auto units = usd_units;
  static constexpr auto parse = parse_usd;
  static double number(Usd v) { return v.value; }
  static Usd of_number(double v) { return {v}; }
};

template <>
struct Scalar<Share> {
  static constexpr std::string_view noun = "a share";
  static constexpr bool zero_based = true;
  static constexpr auto units = share_units;
  static constexpr auto parse = parse_share;
  static double number(Share v) { return v.percent; }
  static Share of_number(double v) { return {v}; }
};

/// A number with a unit.
template <class T>
concept Quantity = requires { Scalar<T>::units(); };

/// Anything with an order that Limits bound.
template <class T>
concept Bounded = requires(T v) { Scalar<T>::number(v); };

/// The value that a scalar node holds. Throws InputError: what it is and what is expected.
template <class T>
T read(const Tree& scalar);
template <>
bool read<bool>(const Tree& scalar);
template <>
std::int64_t read<std::int64_t>(const Tree& scalar);
template <>
double read<double>(const Tree& scalar);
template <>
std::string read<std::string>(const Tree& scalar);
template <Quantity T>
T read(const Tree& scalar) {
  return Scalar<T>::parse(scalar.text);
}

/// Text of a number that reads back as the same value.
std::string exact(std::int64_t value);
std::string exact(double value);
using windtunnel::exact;

/// Limits with the bound that a type has by itself.
template <Bounded T>
Limits effective(Limits limits) {
  if (Scalar<T>::zero_based && limits.min == -std::numeric_limits<double>::infinity()) limits.min = 0;
  return limits;
}

template <Bounded T>
bool within(T value, const Limits& limits) {
  const Limits l = effective<T>(limits);
  const double v = Scalar<T>::number(value);
  return (l.above_min ? v > l.min : v >= l.min) && v <= l.max;
}

/// A share of a group has these, whatever limits its numbers have.
inline constexpr Limits share_limits{.min = 0, .max = 100};

/// "from 128 MB to 10240 MB", "above 0 s", "at most 5"; empty without limits.
template <Bounded T>
std::string allowed(const Limits& limits) {
  const Limits l = effective<T>(limits);
  const bool low = std::isfinite(l.min), high = std::isfinite(l.max);
  const auto text = [](double bound) { return exact(Scalar<T>::of_number(bound)); };
  if (low && high) return (l.above_min ? "above " + text(l.min) + ", at most " : "from " + text(l.min) + " to ") + text(l.max);
  if (low) return (l.above_min ? "above " : "at least ") + text(l.min);
  return high ? "at most " + text(l.max) : "";
}

}  // namespace windtunnel::scenario
