// Checks that COMMAND GETKEYS and GETKEYSANDFLAGS know every key of every command and its use, for every choice and
// order of options that the grammar allows: ACLs and clusters go by them. Every command of the module is in the table,
// or the test fails. Does not run the commands (access_test, cluster_test).
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "tests/tensordb/live_server.h"

namespace windtunnel::tensordb {
namespace {

/// Words of a command line and the keys among them, as "name use".
struct Part {
  std::string words;
  std::vector<std::string> keys;
};

struct Form {
  Part head;                   // begins with the command
  std::vector<Part> optional;  // any of them in any order
  Part tail = {};
  std::string first = {};  // when not empty: only orders whose optional parts begin with a word that is named here
};

const char* const read = " RO access";
const char* const overwrite = " OW update";
const char* const update = " RW access update";
const char* const remove_it = " RM delete";
const char* const route = " not_key";

std::string k(const char* name, const char* use) { return std::string(name) + use; }

std::vector<Form> forms() {
  const Part training_tail = {"KEYS 2 a b", {k("a", read), k("b", read)}};
  const std::vector<Part> dag_head = {
      {"LOAD 2 a b", {k("a", read), k("b", read)}}, {"ROUTING t", {k("t", route)}}, {"TIMEOUT 5", {}}};
  std::vector<Part> writing_dag_head = dag_head;
  writing_dag_head.push_back({"PERSIST 2 o LOAD", {k("o", overwrite), k("LOAD", overwrite)}});
  return {
      {{"AI.TENSORSET o FLOAT 1", {k("o", overwrite)}}, {}},
      {{"AI.TENSORSET o FLOAT 1 VALUES 7", {k("o", overwrite)}}, {}},
      {{"AI.TENSORSET o FLOAT 1 BLOB abcd", {k("o", overwrite)}}, {}},
      {{"AI.TENSORGET a", {k("a", read)}}, {{"META", {}}, {"VALUES", {}}}},
      {{"TENSOR.RESTORE o h e", {k("o", overwrite)}}, {{"v1", {}}, {"v2", {}}}},
      {{"AI.SCRIPTSTORE o CPU", {k("o", overwrite)}}, {{"TAG SOURCE", {}}}, {"ENTRY_POINTS 1 f SOURCE x", {}}},
      {{"AI.SCRIPTGET a", {k("a", read)}}, {{"META", {}}, {"SOURCE", {}}}},
      {{"AI.SCRIPTDEL a", {k("a", remove_it)}}, {}},
      {{"AI.INFO a", {k("a", read)}}, {{"RESETSTAT", {}}}},
      {{"AI.SCRIPTEXECUTE s f", {k("s", read)}},
       {{"KEYS 2 k OUTPUTS", {k("k", update), k("OUTPUTS", update)}},
        {"INPUTS 2 a INPUTS", {k("a", read), k("INPUTS", read)}},
        {"ARGS 3 OUTPUTS 1 x", {}},
        {"OUTPUTS 2 o ARGS", {k("o", overwrite), k("ARGS", overwrite)}}},
       {},
       "KEYS INPUTS"},
      {{"AI.SCRIPTEXECUTE s f", {k("s", read)}},
       {{"KEYS 1 k", {k("k", update)}}, {"INPUTS 1 a", {k("a", read)}}, {"OUTPUTS 1 o", {k("o", overwrite)}}},
       {"TIMEOUT 5", {}},
       "KEYS INPUTS"},
      {{"AI.MODELSTORE o TORCH CPU", {k("o", overwrite)}},
       {{"TAG BLOB", {}}, {"BATCHSIZE 4", {}}, {"MINBATCHSIZE 2", {}}, {"MINBATCHTIMEOUT 5", {}}},
       {"BLOB x y", {}}},
      {{"AI.MODELGET a", {k("a", read)}}, {{"META", {}}, {"BLOB", {}}}},
      {{"AI.MODELDEL a", {k("a", remove_it)}}, {}},
      {{"AI.MODELEXECUTE s INPUTS 2 a b OUTPUTS 2 o p",
        {k("s", read), k("a", read), k("b", read), k("o", overwrite), k("p", overwrite)}},
       {{"TIMEOUT 5", {}}}},
      {{"AI.SCRIPTSET o CPU", {k("o", overwrite)}}, {{"TAG t", {}}}, {"SOURCE x", {}}},
      {{"AI.SCRIPTRUN s f INPUTS a b OUTPUTS o p",
        {k("s", read), k("a", read), k("b", read), k("o", overwrite), k("p", overwrite)}},
       {}},
      {{"AI.MODELSET o TORCH CPU", {k("o", overwrite)}}, {{"TAG t", {}}}, {"BLOB x y", {}}},
      {{"AI.MODELRUN s INPUTS a b OUTPUTS o p",
        {k("s", read), k("a", read), k("b", read), k("o", overwrite), k("p", overwrite)}},
       {}},
      {{"AI.DAGRUN LOAD 1 a PERSIST 1 o |> AI.MODELRUN m INPUTS a OUTPUTS o",
        {k("a", read), k("o", overwrite), k("m", read)}},
       {}},
      {{"AI.DAGRUN_RO LOAD 1 a |> AI.MODELRUN m INPUTS a OUTPUTS z |> AI.TENSORGET z", {k("a", read), k("m", read)}}, {}},
      {{"AI.DAGEXECUTE", {}},
       writing_dag_head,
       {"|> AI.SCRIPTEXECUTE s f INPUTS 1 a KEYS 1 k OUTPUTS 1 x |> AI.TENSORSET y INT8 2 BLOB |> |> "
        "AI.MODELEXECUTE m INPUTS 1 x OUTPUTS 1 z |> AI.TENSORGET z",
        {k("s", read), k("k", update), k("m", read)}}},
      {{"AI.DAGEXECUTE_RO", {}},
       dag_head,
       {"|> AI.MODELEXECUTE m INPUTS 1 a OUTPUTS 1 z |> AI.TENSORSET y FLOAT 1 |> AI.TENSORGET z", {k("m", read)}}},
      {{"TENSOR.AGGREGATE o RULE krum", {k("o", overwrite)}}, {{"PARAMS f KEYS", {}}}, training_tail},
      {{"TENSOR.UPDATE o SGD", {k("o", update)}}, {{"PARAMS x GRAD", {}}}, {"GRAD a", {k("a", read)}}},
      {{"TENSOR.ACCUMULATE o a", {k("o", update), k("a", read)}}, {}},
      {{"TENSOR.AGGUPDATE o ADAM", {k("o", update)}},
       {{"PARAMS x RULE", {}}},
       {"RULE krum PARAMS f KEYS KEYS 2 a b", {k("a", read), k("b", read)}}},
      {{"AI.MODELUPDATE o 0.1 a b", {k("o", update), k("a", read), k("b", read)}}, {}},
  };
}

/// Commands that touch no key.
const std::set<std::string> without_keys{"ai.config", "ai._scriptscan", "ai._modelscan", "tensor.info"};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// The keys of a line as Redis knows them: "name use", sorted.
std::vector<std::string> known_keys(LiveServer& server, const std::string& line) {
  const store::Reply reply = server.ask(words_of("COMMAND GETKEYSANDFLAGS " + line));
  std::vector<std::string> keys;
  for (const store::Reply& each : reply.elements) {
    std::string key = each.elements.at(0).text;
    for (const store::Reply& flag : each.elements.at(1).elements) key += " " + flag.text;
    keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

void check(LiveServer& server, const std::vector<const Part*>& parts) {
  std::string line;
  std::vector<std::string> expected;
  for (const Part* part : parts) {
    if (!part->words.empty()) line += (line.empty() ? "" : " ") + part->words;
    expected.insert(expected.end(), part->keys.begin(), part->keys.end());
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(known_keys(server, line), expected) << line;
  std::vector<std::string> names;
  for (const store::Reply& key : server.ask(words_of("COMMAND GETKEYS " + line)).elements) names.push_back(key.text);
  std::sort(names.begin(), names.end());
  for (std::string& key : expected) key.erase(key.find(' '));
  EXPECT_EQ(names, expected) << line;
}

TEST(Keys, AreKnownInEveryOrderOfOptions) {
  LiveServer server;
  int lines = 0;
  for (const Form& form : forms()) {
    const std::size_t n = form.optional.size();
    for (unsigned chosen = 0; chosen < 1U << n; ++chosen) {
      std::vector<std::size_t> order;
      for (std::size_t i = 0; i < n; ++i) {
        if ((chosen >> i & 1U) != 0) order.push_back(i);
      }
      do {
        const std::string first = order.empty() ? "none" : words_of(form.optional[order[0]].words)[0];
        if (!form.first.empty() && form.first.find(first) == std::string::npos) continue;
        std::vector<const Part*> parts{&form.head};
        for (const std::size_t i : order) parts.push_back(&form.optional[i]);
        parts.push_back(&form.tail);
        if (form.head.words.starts_with("AI.DAGEXECUTE") &&
            (order.empty() || (order.size() == 1 && first == "TIMEOUT"))) {
          continue;  // one of LOAD, PERSIST, ROUTING must be there
        }
        check(server, parts);
        ++lines;
      } while (std::next_permutation(order.begin(), order.end()));
    }
  }
  EXPECT_GT(lines, 200);
}

TEST(Keys, EveryCommandIsInTheTable) {
  LiveServer server;
  std::set<std::string> covered = without_keys;
  for (const Form& form : forms()) covered.insert(lower(words_of(form.head.words)[0]));
  std::set<std::string> there;
  for (const store::Reply& command : server.ask(words_of("COMMAND LIST FILTERBY MODULE tensordb")).elements) {
    there.insert(lower(command.text));
  }
  EXPECT_EQ(covered, there);
}

TEST(Keys, OfCommandsWithoutKeysAreNone) {
  LiveServer server;
  for (const std::string& command : without_keys) {
    EXPECT_EQ(server("COMMAND GETKEYS " + command + " a b"), "-ERR The command has no key arguments");
  }
}

}  // namespace
}  // namespace windtunnel::tensordb
