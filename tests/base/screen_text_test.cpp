// Text for terminals: what is obeyed is shown instead, and widths are those on the screen.
#include "base/screen_text.h"

#include <gtest/gtest.h>

namespace windtunnel {
namespace {

TEST(ScreenText, WhatATerminalObeysIsWrittenOut) {
  EXPECT_EQ(printable("plain, naïve, 東京 ✓\nnext"), "plain, naïve, 東京 ✓\nnext");
  EXPECT_EQ(printable("\x1b[31mred\a\t\r"), "\\x1b[31mred\\x07\\x09\\x0d");
  EXPECT_EQ(printable(std::string("a\0b\x7f", 4)), "a\\x00b\\x7f");
  EXPECT_EQ(printable("\xc2\x9b" "31m"), "\\x9b31m");                // C1's CSI
  EXPECT_EQ(printable("abc\xe2\x80\xae" "cba"), "abc\\u202ecba");     // right to left from here
  EXPECT_EQ(printable("\xff\xc0\xaf\xe2\x82"), "\\xff\\xc0\\xaf\\xe2\\x82");  // no UTF-8, overlong, cut short
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
}

TEST(ScreenText, Columns) {
  EXPECT_EQ(columns_of(""), 0U);
  EXPECT_EQ(columns_of("naïve ± 1"), 9U);
  EXPECT_EQ(columns_of("東京"), 4U);
  EXPECT_EQ(columns_of("e\xcc\x81"), 1U);  // e and a combining accent
  EXPECT_EQ(columns_of("🚀"), 2U);
}

TEST(ScreenText, Clipped) {
  EXPECT_EQ(clipped("short", 5), "short");
  EXPECT_EQ(clipped("longer", 5), "long…");
  EXPECT_EQ(clipped("longer", 5, Clip::begin), "…nger");
  EXPECT_EQ(clipped("scenario · #17", 9, Clip::middle), "scen… #17");
  EXPECT_EQ(clipped("scenario · #17", 8, Clip::middle), "scen…#17");
  EXPECT_EQ(clipped("東京都", 4), "東…");
  EXPECT_EQ(clipped("東京都市", 6, Clip::middle), "東…市");
  EXPECT_EQ(clipped("ab", 1), "…");
  EXPECT_EQ(clipped("ab", 0), "");
  EXPECT_EQ(clipped("naïveté", 4), "naï…");
}

TEST(ScreenText, Padded) {
  EXPECT_EQ(padded("ï", 3), "ï  ");
  EXPECT_EQ(padded("ï", 3, false), "  ï");
  EXPECT_EQ(padded("long", 2), "long");
}

TEST(ScreenText, Wrapped) {
  EXPECT_EQ(wrapped("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("a-very-long-word b", 4), (std::vector<std::string>{"a-very-long-word", "b"}));
  EXPECT_TRUE(wrapped("", 4).empty());
}

}  // namespace
}  // namespace windtunnel
