// What the YAML reader accepts, refuses and remembers: places, quotes, anchors, and the bounds that keep hostile files from
// hanging or crashing the program. Which settings there are is not its business (load_test.cpp).
#include "scenario/tree.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace windtunnel::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Parsed {
  std::optional<Tree> tree;
  std::vector<std::string> faults;
};

Parsed parsed(const std::string& text) {
  Faults faults;
  Parsed result{parse(make_source("t", text), faults), {}};
  for (const Fault& fault : faults.list()) result.faults.push_back(headline(fault));
  return result;
}

TEST(Tree, RemembersWhereThingsStand) {
  const Parsed p = parsed("a: 1\nb:\n  c: [x, {y: z}]\n");
  ASSERT_THAT(p.faults, IsEmpty());
  const Entry* c = p.tree->find("b")->value.find("c");
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(c->mark.line, 3);
  EXPECT_EQ(c->mark.column, 3);
  EXPECT_EQ(c->value.items[1].entries[0].mark.column, 11);
  EXPECT_EQ(c->value.items[1].entries[0].value.text, "z");
}

TEST(Tree, ColumnsCountCharacters) {
  const Parsed p = parsed("é: {ü: [ö, x]}\n");
  const Tree& list = p.tree->entries[0].value.entries[0].value;
  EXPECT_EQ(list.items[0].mark.column, 9);
  EXPECT_EQ(list.items[1].mark.column, 12);
}

TEST(Tree, CarriageReturnsAreNoPartOfTheText) {
  const Parsed p = parsed("a: \"q\"\r\nb: x\r\n");
  ASSERT_THAT(p.faults, IsEmpty());
  EXPECT_EQ(p.tree->find("a")->value.text, "q");
  EXPECT_EQ(p.tree->find("b")->value.text, "x");
  EXPECT_EQ(p.tree->mark.source->line(2), "b: x");
}

TEST(Tree, QuotesAndBlocksAreText) {
  const Parsed p = parsed("a: \"1\"\nb: 'it''s'\nc: |\n  x\n  y\nd: 1\ne: &k \"z\"\n");
  ASSERT_THAT(p.faults, IsEmpty());
  EXPECT_TRUE(p.tree->find("a")->value.quoted);
  EXPECT_EQ(p.tree->find("b")->value.text, "it's");
  EXPECT_EQ(p.tree->find("c")->value.text, "x\ny\n");
  EXPECT_TRUE(p.tree->find("c")->value.quoted);
  EXPECT_FALSE(p.tree->find("d")->value.quoted);
  EXPECT_TRUE(p.tree->find("e")->value.quoted);
}

TEST(Tree, EmptyDocumentsAreNull) {
  for (const char* text : {"", "\n\n", "# only a comment\n", "---\n"}) {
    const Parsed p = parsed(text);
    EXPECT_THAT(p.faults, IsEmpty()) << text;
    EXPECT_EQ(p.tree->kind, Tree::Kind::null) << text;
  }
}

// yaml-cpp 0.7 keeps the first of two equal keys and says nothing.
TEST(Tree, DuplicateKeysAreFaultsAndReadingGoesOn) {
  const Parsed p = parsed("a: 1\nb: {c: 1, d: 2, c: 3}\na: 2\n");
  EXPECT_THAT(p.faults, ElementsAre("t:2:17: b.c: is set twice in this map", "t:3:1: a: is set twice in this map"));
  EXPECT_EQ(p.tree->find("a")->value.text, "1");
}

TEST(Tree, AliasesAreCopies) {
  const Parsed p = parsed("a: &x {k: [1, 2]}\nb: *x\n");
  ASSERT_THAT(p.faults, IsEmpty());
  EXPECT_EQ(to_text(p.tree->find("b")->value), "{k: [1, 2]}");
}

TEST(Tree, AliasOfItselfIsRefused) {
  EXPECT_THAT(parsed("a: &x [*x]\n").faults, ElementsAre("t:1:8: an alias inside the value that it stands for"));
  EXPECT_THAT(parsed("a: *nope\n").faults, ElementsAre(HasSubstr("t:1:4: malformed YAML: ")));
}

TEST(Tree, AliasBombsAreBounded) {
  std::string text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string name = fmt::format("*a{}", i - 1);
    text += fmt::format("a{0}: &a{0} [", i);
    for (int k = 0; k < 10; ++k) text.append(k > 0 ? ", " : "").append(name);
    text += "]\n";
  }
  EXPECT_THAT(parsed(text).faults, ElementsAre(HasSubstr("more than 100000 values, aliases included")));
}

TEST(Tree, AliasesCannotNestBeyondTheLimit) {
  std::string text = "a0: &a0 [1]\n";
  for (int i = 1; i < 80; ++i) {
    text += fmt::format("a{0}: &a{0} [*a{1}]\n", i, i - 1);
  }
  EXPECT_THAT(parsed(text).faults, ElementsAre(HasSubstr("nested deeper than 64 levels")));
}

TEST(Tree, DeepNestingIsBounded) {
  const auto repeated = [](std::string_view part, int n) {
    std::string all;
    for (int i = 0; i < n; ++i) all += part;
    return all;
  };
  for (const std::string& text : {repeated("[", 100'000), repeated("- ", 100'000), repeated("{a: ", 50'000)}) {
    EXPECT_THAT(parsed(text).faults, SizeIs(1));
  }
  EXPECT_THAT(parsed(repeated("? ", 1'000)).faults, SizeIs(1));
  EXPECT_THAT(parsed(repeated("[", 65) + "1" + repeated("]", 65)).faults, ElementsAre("t:1:65: nested deeper than 64 levels"));
  EXPECT_THAT(parsed(repeated("- ", 65) + "1").faults, ElementsAre("t:1:129: nested deeper than 64 levels"));
  EXPECT_THAT(parsed(repeated("[", 64) + "1" + repeated("]", 64)).faults, IsEmpty());
}

TEST(Tree, RefusesWhatSettingsDoNotNeed) {
  EXPECT_THAT(parsed("a: !!int \"5\"\n").faults, ElementsAre("t:1:4: a: tag !!int is not supported"));
  EXPECT_THAT(parsed("a: !mine {b: 1}\n").faults, ElementsAre("t:1:4: a: tag !mine is not supported"));
  EXPECT_THAT(parsed("a: &x {b: 1}\nc:\n  <<: *x\n").faults, ElementsAre("t:3:3: c: merge keys (<<) are not supported"));
  EXPECT_THAT(parsed("? [1, 2]\n: 3\n").faults, ElementsAre("t:1:3: a list as a key"));
  EXPECT_THAT(parsed("{a: 1}: 3\n").faults, SizeIs(1));
  EXPECT_THAT(parsed("~: 3\n").faults, ElementsAre("t:1:1: nothing as a key"));
  EXPECT_THAT(parsed("a: 1\n---\nb: 2\n").faults, ElementsAre("t:2:1: a second document"));
}

TEST(Tree, MalformedYamlNamesThePlace) {
  EXPECT_THAT(parsed("a: [1, 2\nb: 3\n").faults, ElementsAre(HasSubstr("t:2:2: malformed YAML: ")));
  EXPECT_THAT(parsed("a: 1\n\tb: 2\n").faults, ElementsAre(HasSubstr("t:2:1: malformed YAML: ")));
  EXPECT_THAT(parsed("a: b: c\n").faults, ElementsAre(HasSubstr("t:1:5: malformed YAML: ")));
  EXPECT_THAT(parsed("a: @x\n").faults, ElementsAre(HasSubstr("t:1:4: malformed YAML: ")));
}

// yaml-cpp 0.7 takes the end of the file for the closing quote.
TEST(Tree, QuotesMustBeClosed) {
  EXPECT_THAT(parsed("a: \"abc\n").faults, ElementsAre("t:1:4: a quote that is never closed"));
  EXPECT_THAT(parsed("a: 'it''s\nb: 1\n").faults, ElementsAre("t:1:4: a quote that is never closed"));
  EXPECT_THAT(parsed("a: \"x\\\"\n").faults, ElementsAre("t:1:4: a quote that is never closed"));
  EXPECT_THAT(parsed("a: \"x\\\\\"\nb: ''\nc: 'x''y'\n").faults, IsEmpty());
}

TEST(Tree, TextReadsBackAsTheSameTree) {
  for (const std::string text : {"{a: 1, b: [x, 2 s], c: {d: null}}", "[\"1\", \"a: b\", \"\", \"#\", -5, \"- x\"]", "[20 %, 12.5%, \"%x\"]"}) {
    const std::string once = to_text(*parsed(text).tree);
    EXPECT_EQ(once, text);
    EXPECT_EQ(to_text(*parsed(once).tree), once);
  }
}

TEST(Source, RefusesWhatIsNoText) {
  const auto message = [](const std::string& text) -> std::string {
    try {
      make_source("f", text);
      return "";
    } catch (const InputError& e) {
      return e.what();
    }
  };
  EXPECT_THAT(message("a: 1\nb: \xff\n"), HasSubstr("f:2:4: byte 0xff is not UTF-8"));
  EXPECT_THAT(message(std::string("a: 1\0", 5)), HasSubstr("f:1:5: control character 0x00"));
  EXPECT_THAT(message("a: \xc0\xaf"), HasSubstr("byte 0xc0"));           // overlong
  EXPECT_THAT(message("a: \xed\xa0\x80"), HasSubstr("byte 0xed"));       // surrogate
  EXPECT_THAT(message("a: \xf4\x90\x80\x80"), HasSubstr("byte 0xf4"));   // beyond U+10FFFF
  EXPECT_THAT(message("a: \xe2\x82"), HasSubstr("byte 0xe2"));           // cut short
  EXPECT_THAT(message(std::string((1 << 20) + 1, 'a')), HasSubstr("at most 1048576"));
  EXPECT_EQ(message("a: h\xc3\xa9llo \xe2\x82\xac \xf0\x9f\x98\x80\n"), "");
}

TEST(Source, DropsAByteOrderMark) { EXPECT_EQ(make_source("f", "\xEF\xBB\xBF" "a: 1")->line(1), "a: 1"); }

TEST(Source, FilesThatCannotBeRead) {
  const auto message = [](const std::filesystem::path& file) -> std::string {
    try {
      read_source(file);
      return "";
    } catch (const InputError& e) {
      EXPECT_EQ(e.exit_code(), 2);
      return e.what();
    }
  };
  const std::filesystem::path folder = testing::TempDir();
  EXPECT_THAT(message(folder / "no-such-file.yaml"), HasSubstr("no-such-file.yaml: no such file"));
  EXPECT_THAT(message(folder), HasSubstr("is a folder"));
  const std::filesystem::path large = folder / "windtunnel-large.yaml";
  std::ofstream(large) << std::string((1 << 20) + 5, '#');
  EXPECT_THAT(message(large), HasSubstr("larger than 1048576 bytes"));
  std::filesystem::remove(large);
}

}  // namespace
}  // namespace windtunnel::scenario
