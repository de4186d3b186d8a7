// Quantities: reading, writing for people, writing exactly, and arithmetic. Ranges of settings are the loader's business.
#include "base/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "base/error.h"

namespace windtunnel {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

template <class Parse>
std::string message(Parse parse, std::string_view text) {
  try {
    parse(text);
    return "";
  } catch (const InputError& e) {
    return e.what();
  }
}

TEST(Units, Durations) {
  EXPECT_EQ(parse_duration("250 ms"), 250ms);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("  2 min "), 2min);
  EXPECT_EQ(parse_duration("1e3 us"), 1ms);
  EXPECT_EQ(parse_duration("1 d"), 24h);
  EXPECT_EQ(parse_duration("0.4 ns"), 0ns);
  EXPECT_EQ(parse_duration("-3 s"), -3s);
  EXPECT_EQ(parse_duration("9223372036854775807 ns").count(), std::numeric_limits<std::int64_t>::max()) << "no digit is lost";
}

TEST(Units, SizesMemoryBandwidthMoney) {
  EXPECT_EQ(parse_bytes("1.5 KB").count, 1500);
  EXPECT_EQ(parse_bytes("1.5 KiB").count, 1536);
  EXPECT_EQ(parse_bytes("2 TiB").count, std::int64_t{2} << 40);
  EXPECT_EQ(parse_memory("1.5 GB").mb, 1536);
  EXPECT_EQ(parse_memory("1769 MB").mb, 1769);
  EXPECT_EQ(parse_bandwidth("8 Mbit/s").bytes_per_s, 1e6);
  EXPECT_EQ(parse_bandwidth("65 MB/s").bytes_per_s, 65e6);
  EXPECT_EQ(parse_usd("0.25 USD").value, 0.25);
}

TEST(Units, NeverGuesses) {
  EXPECT_THAT(message(parse_duration, "5"), HasSubstr("\"5\" has no unit: a duration is a number and one of ns, us, ms, s, min, h, d"));
  EXPECT_THAT(message(parse_duration, "5 MB"), HasSubstr("unknown unit \"MB\" in \"5 MB\""));
  EXPECT_THAT(message(parse_duration, "5 Min"), HasSubstr("did you mean \"min\"?"));
  EXPECT_THAT(message(parse_memory, "5 mb"), HasSubstr("did you mean \"MB\"?"));
  EXPECT_THAT(message(parse_memory, "512 KB"), HasSubstr("unknown unit \"KB\""));
  EXPECT_THAT(message(parse_memory, "0.5 MB"), HasSubstr("not a whole number of MB"));
  EXPECT_THAT(message(parse_bandwidth, "5 MB"), HasSubstr("unknown unit \"MB\""));
  EXPECT_THAT(message(parse_usd, "5"), HasSubstr("has no unit: a price"));
}

TEST(Units, WhatIsNoQuantity) {
  for (const char* text : {"", " ", "s", "fast", "nan s", "inf s", "1e999 s", "--5 s", "+5 s"}) {
    EXPECT_THAT(message(parse_duration, text), HasSubstr("is not a duration")) << text;
  }
  EXPECT_THAT(message(parse_duration, "1e12 d"), HasSubstr("too large for a duration"));
  EXPECT_THAT(message(parse_duration, "9223372036854775807 s"), HasSubstr("too large for a duration"));
  EXPECT_THAT(message(parse_bytes, "1e10 TiB"), HasSubstr("too large for a size"));
  EXPECT_THAT(message(parse_bandwidth, "1e305 GB/s"), HasSubstr("too large for a bandwidth"));
}

TEST(Units, ForPeople) {
  EXPECT_EQ(format(Duration(1500ms)), "1.5 s");
  EXPECT_EQ(format(Duration(250us)), "250 us");
  EXPECT_EQ(format(Duration(150s)), "2 min 30 s");
  EXPECT_EQ(format(Duration(123min)), "2 h 03 min");
  EXPECT_EQ(format(Duration(-150s)), "-2 min 30 s");
  EXPECT_EQ(format(Duration(0)), "0 ns");
  EXPECT_EQ(format(Bytes{12'345'678}), "12.35 MB");
  EXPECT_EQ(format(Memory{1769}), "1769 MB");
  EXPECT_EQ(format(Bandwidth{65e6}), "65 MB/s");
  EXPECT_EQ(format(Usd{0.03567}), "$0.03567");
  EXPECT_EQ(format(Usd{1234.5}), "$1234.50");
  EXPECT_EQ(format(Usd{-2}), "-$2.000");
}

TEST(Units, Exactly) {
  EXPECT_EQ(exact(Duration(90s)), "90 s");
  EXPECT_EQ(exact(Duration(1500ms)), "1500 ms");
  EXPECT_EQ(exact(Duration(0)), "0 s");
  EXPECT_EQ(exact(Bytes{50'000'000}), "50 MB");
  EXPECT_EQ(exact(Bytes{1025}), "1025 B");
  EXPECT_EQ(exact(Bytes{0}), "0 B");
  EXPECT_EQ(exact(Bandwidth{19e9}), "19 GB/s");
  EXPECT_EQ(exact(Usd{0.1}), "0.1 USD");
}

// The property that the canonical dump rests on.
TEST(Units, ExactTextReadsBackAsTheSameValue) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    const auto bits = static_cast<std::int64_t>(random() >> (random() % 63 + 1));
    const std::int64_t whole = i % 3 == 0 ? bits / 1'000'000 * 1'000'000 : bits;
    EXPECT_EQ(parse_duration(exact(Duration(whole))), Duration(whole));
    EXPECT_EQ(parse_bytes(exact(Bytes{whole})), Bytes{whole});
    EXPECT_EQ(parse_memory(exact(Memory{whole >> 20})), Memory{whole >> 20});
    const double real = static_cast<double>(bits) / 1024.0 * 1e-3;
    EXPECT_EQ(parse_bandwidth(exact(Bandwidth{real})), Bandwidth{real});
    EXPECT_EQ(parse_usd(exact(Usd{real})), Usd{real});
  }
}

TEST(Units, Conversions) {
  EXPECT_EQ(from_seconds(0.1), 100ms);
  EXPECT_EQ(to_seconds(1500ms), 1.5);
  EXPECT_THROW(from_seconds(1e10), ClockError);
  EXPECT_THROW(from_seconds(std::numeric_limits<double>::quiet_NaN()), ClockError);
  EXPECT_EQ(transfer_time(Bytes{65'000'000}, Bandwidth{65e6}), 1s);
  EXPECT_EQ(transfer_time(Bytes{1}, Bandwidth{3e9}), 1ns) << "rounded up";
  EXPECT_EQ(transfer_time(Bytes{0}, Bandwidth{1}), 0ns);
  EXPECT_THROW(transfer_time(Bytes{1}, Bandwidth{0}), BrokenInvariant);
  EXPECT_EQ(Memory{2}.bytes().count, 2 << 20);
  EXPECT_EQ(Memory{512}.gb(), 0.5);
}

// "107.17 s" and "0.3 s" are off in the last bit when nanoseconds are multiplied by 1e-9.
TEST(Units, SecondsAreTheNearestDoubleToTheirNanoseconds) {
  EXPECT_EQ(to_seconds(107'170ms), 107.17);
  EXPECT_EQ(to_seconds(300ms), 0.3);
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000; ++i) {
    const auto ns = static_cast<std::int64_t>(random() >> (14 + random() % 50));
    const double s = to_seconds(Duration(ns));
    ASSERT_EQ(s, std::strtod((std::to_string(ns) + "e-9").c_str(), nullptr)) << ns;
    ASSERT_EQ(from_seconds(s), Duration(ns));
  }
}

TEST(Units, ATransferCannotOverflowTheClock) {
  EXPECT_THROW(transfer_time(Bytes{1'000'000'000'000'000'000}, Bandwidth{1e-3}), ClockError);
}

TEST(Units, Arithmetic) {
  EXPECT_EQ((Bytes{3} + Bytes{4}) * 2, Bytes{14});
  EXPECT_EQ(Bytes{3} - Bytes{4}, Bytes{-1});
  EXPECT_LT(Memory{1}, Memory{2});
  Usd usd{1};
  usd += Usd{0.5};
  EXPECT_EQ(usd + Usd{1}, Usd{2.5});
}

}  // namespace
}  // namespace windtunnel
