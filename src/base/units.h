// Quantities whose C++ type carries the unit, and their text forms ("250 ms", "12 MB", "65 MB/s").
// Parsing never guesses: a number without a unit, or with a unit of another dimension, is an InputError that lists the
// units allowed. Formatting is for people; files and databases store plain numbers with the unit in the column's name.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace windtunnel {

/// Simulated length of time, whole nanoseconds.
using Duration = std::chrono::nanoseconds;

/// Nearest Duration to `s` seconds. Throws ClockError when it is not finite or not below 292 years.
Duration from_seconds(double s);
/// The double nearest to the whole nanoseconds (of the nearest double to their count, above 104 days): a quotient is
/// rounded once, where a product with 1e-9, which is no double, is off in the last bit.
constexpr double to_seconds(Duration d) { return static_cast<double>(d.count()) / 1e9; }

/// An amount of data in bytes.
struct Bytes {
  std::int64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
  Bytes& operator+=(Bytes other) { return count += other.count, *this; }
  friend Bytes operator+(Bytes a, Bytes b) { return {a.count + b.count}; }
  friend Bytes operator-(Bytes a, Bytes b) { return {a.count - b.count}; }
  friend Bytes operator*(Bytes a, std::int64_t n) { return {a.count * n}; }
};

/// Memory configured for a function or built into a machine, in MB of 2^20 bytes (the cloud's convention).
struct Memory {
  std::int64_t mb = 0;
  auto operator<=>(const Memory&) const = default;
  Bytes bytes() const { return {mb << 20}; }
  double gb() const { return static_cast<double>(mb) / 1024.0; }
};

/// Data per time, bytes per second (10^6 bytes per second is 1 MB/s, 8 Mbit/s).
struct Bandwidth {
  double bytes_per_s = 0;
  auto operator<=>(const Bandwidth&) const = default;
};

/// Time that `amount` takes at `rate` alone, rounded up to the nanosecond. Precondition: rate > 0 (checked). Throws
/// ClockError when that is not below 292 years.
Duration transfer_time(Bytes amount, Bandwidth rate);

/// US dollars.
struct Usd {
  double value = 0;
  auto operator<=>(const Usd&) const = default;
  Usd& operator+=(Usd other) { return value += other.value, *this; }
  friend Usd operator+(Usd a, Usd b) { return {a.value + b.value}; }
};

/// A part of a whole.
struct Share {
  double percent = 0;
  auto operator<=>(const Share&) const = default;
};

Duration parse_duration(std::string_view text);    // ns us ms s min h d
Bytes parse_bytes(std::string_view text);          // B KB MB GB TB (powers of 1000), KiB MiB GiB TiB (powers of 1024)
Memory parse_memory(std::string_view text);        // MB or MiB (2^20), GB or GiB (2^30); whole MB
Bandwidth parse_bandwidth(std::string_view text);  // B/s KB/s MB/s GB/s, bit/s Kbit/s Mbit/s Gbit/s
Usd parse_usd(std::string_view text);              // USD
Share parse_share(std::string_view text);          // %

std::string format(Duration d);   // "1.5 s", "250 ms", "2 h 03 min"
std::string format(Bytes b);      // "12.3 MB"
std::string format(Memory m);     // "1769 MB"
std::string format(Bandwidth b);  // "65 MB/s"
std::string format(Usd usd);      // "$0.03567"

/// Text that `parse_…` reads back as the very same value, in the largest unit that divides it: "90 s", "1500 ms", "12 MB".
std::string exact(Duration d);
std::string exact(Bytes b);
std::string exact(Memory m);
std::string exact(Bandwidth b);
std::string exact(Usd usd);
std::string exact(Share share);

/// Units that `parse_…` takes, for messages and the schema, e.g. "ns, us, ms, s, min, h, d".
std::string_view duration_units();
std::string_view byte_units();
std::string_view memory_units();
std::string_view bandwidth_units();
std::string_view usd_units();
std::string_view share_units();

}  // namespace windtunnel
