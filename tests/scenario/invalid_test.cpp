// Each file of scenarios/invalid is wrong, and says in its first lines how: every fault that the loader must report, in
// order, as `# expect: LINE:COLUMN: path: message`. The loader must report exactly these, the schema must refuse the file
// when `# schema: refuses` stands there and accept it when it says `# schema: accepts`; without either the file is no YAML
// that has a tree. What hints say is not looked at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/paths.h"
#include "json_schema.h"
#include "scenario/document.h"
#include "scenario/schema.h"

namespace windtunnel::scenario {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files() {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(home_dir() / "scenarios" / "invalid")) {
    if (entry.path().extension() == ".yaml") all.push_back(entry.path());
  }
  std::sort(all.begin(), all.end());
  return all;
}

struct Expected {
  std::vector<std::string> faults;
  std::string schema;
};

Expected expected(const Source& source) {
  Expected result;
  constexpr std::string_view fault = "# expect: ", schema = "# schema: ";
  for (int line = 1; line <= source.lines(); ++line) {
    const std::string_view text = source.line(line);
    if (text.starts_with(fault)) result.faults.emplace_back(text.substr(fault.size()));
    else if (text.starts_with(schema)) result.schema = text.substr(schema.size());
    else break;
  }
  return result;
}

std::vector<std::string> reported(const fs::path& file) {
  std::vector<std::string> all;
  try {
    load_document(file);
  } catch (const Faulty& e) {
    for (const Fault& each : e.faults()) all.push_back(headline(each).substr(file.string().size() + 1));
  }
  return all;
}

class Invalid : public testing::TestWithParam<fs::path> {};

TEST_P(Invalid, IsRefusedAsItsFirstLinesSay) {
  const auto source = read_source(GetParam());
  const Expected want = expected(*source);
  ASSERT_FALSE(want.faults.empty()) << "the first line must begin with \"# expect: \"";
  EXPECT_EQ(reported(GetParam()), want.faults);
}

TEST_P(Invalid, SchemaAgreesAboutItsStructure) {
  static const auto schema = nlohmann::ordered_json::parse(json_schema());
  const auto source = read_source(GetParam());
  const Expected want = expected(*source);
  Faults faults;
  const std::optional<Tree> tree = parse(source, faults);
  if (want.schema.empty()) {
    EXPECT_FALSE(faults.empty()) << "needs a line \"# schema: refuses\" or \"# schema: accepts\"";
    return;
  }
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(violations(schema, to_json(*tree)).empty() ? "accepts" : "refuses", want.schema);
}

std::string name_of(const testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Invalid, testing::ValuesIn(files()), name_of);

TEST(InvalidScenarios, ThereAreEnough) { EXPECT_GE(files().size(), 40U); }

TEST(InvalidScenarios, TheCheckCanFail) {
  const auto source = make_source("t", "# expect: 2:1: x: y\n# schema: refuses\nworkers: 4\n");
  EXPECT_EQ(expected(*source).faults, std::vector<std::string>{"2:1: x: y"});
  EXPECT_EQ(expected(*source).schema, "refuses");
  EXPECT_NO_THROW(load_document_text("t", source->text())) << "a right file reports nothing, which differs from what it expects";
}

}  // namespace
}  // namespace windtunnel::scenario
