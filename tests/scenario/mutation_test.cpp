// Thousands of damaged scenarios: each is either loaded or refused as bad input with a place, and nothing else happens. What
// the messages say is invalid_test.cpp's.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "base/paths.h"
#include "scenario/document.h"

namespace windtunnel::scenario {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> texts(bool invalid) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(home_dir() / "scenarios")) {
    const fs::path folder = entry.path().parent_path().filename();
    if (entry.path().extension() == ".yaml" && folder != "prices" && (folder == "invalid") == invalid) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> all;
  for (const fs::path& file : files) all.push_back(read_source(file)->text());
  return all;
}

// One small damage: a piece cut, doubled, moved, or replaced by something YAML cares about.
void damage(std::string& text, const std::vector<std::string>& others, std::mt19937& random) {
  static const std::vector<std::string> pieces{"{",  "}",   "[",   "]",    ":",     ": ",   "- ",    "\n",  "\n  ", "#",   "&a ",  "*a ",
                                               "!",  "\"",  "'",   "|",    ">",     "%",    "null",  "~",   "-1",   "0",   "1e308", "5 s",
                                               ".nan", "<<", "\t", "name", "sweep:", "axes:", "variants:", ",", "?",  "é",   "9999999999", "..."};
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  const std::size_t at = below(text.size()), length = below(20);
  switch (random() % 5) {
    case 0: text.erase(at, length); break;
    case 1: text.insert(at, text.substr(below(text.size()), length)); break;
    case 2: text.insert(at, pieces[below(pieces.size())]); break;
    case 3: text.replace(at, std::min<std::size_t>(length, 3), pieces[below(pieces.size())]); break;
    default: {
      const std::string& other = others[below(others.size())];
      text.insert(at, other.substr(below(other.size()), below(60)));
    }
  }
}

TEST(Mutation, DamagedScenariosLoadOrAreRefused) {
  const std::vector<std::string> right = texts(false), wrong = texts(true);
  ASSERT_FALSE(right.empty());
  ASSERT_FALSE(wrong.empty());
  std::mt19937 random(20231);
  int loaded = 0, refused = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::vector<std::string>& originals = i % 2 == 0 ? right : wrong;
    std::string text = originals[random() % originals.size()];
    for (unsigned n = 1 + random() % 4; n > 0; --n) damage(text, wrong, random);
    try {
      ++(load_document_text("t", text).points.empty() ? refused : loaded);
    } catch (const InputError&) {
      ++refused;
    } catch (const std::exception& e) {
      FAIL() << e.what() << "\n" << text;
    }
  }
  EXPECT_GT(loaded, 50);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace windtunnel::scenario
