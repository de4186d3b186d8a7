#include "tests/tensordb/random/sequences.h"

#include <algorithm>

#include "store/embedded_server.h"
#include "tests/tensordb/live_server.h"
#include "tests/tensordb/random/choices.h"
#include "tests/tensordb/random/dag_lines.h"
#include "tests/tensordb/random/models.h"
#include "tests/tensordb/random/operation_lines.h"
#include "tests/tensordb/random/programs.h"

namespace windtunnel::tensordb::random {
namespace {

namespace gen = rc::gen;

Line set() { return tensor_set(key); }
Line get() { return tensor_get(key); }

Line limited(Line line) {
  if (one_in(12)) add(line, {"TIMEOUT", pick({"1000", "1", "5"})});
  return line;
}
Line script_call() { return limited(script_execute(key, key)); }
Line model_call() { return limited(model_execute(key, key)); }

Line script_store() {
  const std::string source = *gen::elementOf(program_sources());
  Line line{"AI.SCRIPTSTORE", script(), pick({"CPU", "CPU:1", "cpu"})};
  if (one_in(3)) add(line, {"TAG", pick({"v1", "", "TAG"})});
  std::vector<std::string> names = functions_of(source);
  names.resize(static_cast<std::size_t>(1 + below(static_cast<int>(names.size()))));
  add_counted(line, "ENTRY_POINTS", names);
  add(line, {"SOURCE", source});
  return line;
}

Line script_get() {
  Line line{"AI.SCRIPTGET", script()};
  add(line, pick<Line>({{}, {"META"}, {"SOURCE"}, {"SOURCE", "META"}}));
  return line;
}

Line script_del() { return {"AI.SCRIPTDEL", script()}; }

Line model_store() {
  Line line{"AI.MODELSTORE", model(), "TORCH", pick({"CPU", "CPU:1"})};
  if (one_in(3)) add(line, {"TAG", pick({"v1", ""})});
  const std::string archive = (*gen::elementOf(models())).archive;
  const std::size_t half = archive.size() / 2;
  add(line, {"BLOB"});
  add(line,
      pick<Line>({{archive}, {archive}, {archive.substr(0, half), archive.substr(half)}, {archive.substr(0, half)}}));
  return line;
}

Line model_get() {
  Line line{"AI.MODELGET", model()};
  add(line, pick<Line>({{}, {"META"}, {"BLOB"}, {"BLOB", "META"}}));
  return line;
}

Line model_del() { return {"AI.MODELDEL", model()}; }

Line info() { return {"AI.INFO", one_in(2) ? script() : model()}; }
Line scan() { return {pick({"AI._SCRIPTSCAN", "AI._MODELSCAN"})}; }

Line config() {
  switch (below(4)) {
    case 0:
      return {"AI.CONFIG", "GET", pick({"THREADS", "max_tensor_mb", "NATIVE", "BACKENDSPATH", "NOSUCH"})};
    case 1:
      return {"AI.CONFIG", pick({"THREADS", "POOL_MB", "NATIVE", "NOSUCH"}), pick({"1", "no"})};
    case 2:
      return {"AI.CONFIG", "BACKENDSPATH", pick<std::string>({store::module_path().parent_path(), "/", ".."})};
    default:
      return {"AI.CONFIG", "LOADBACKEND", pick({"TORCH", "TORCH", "TF", "NOSUCH"}),
              pick<std::string>({"windtunnel_tensordb_torch.so", store::module_path(), "/nosuch"})};
  }
}
/// The size of a model's pieces is one for all clients, so only for a client that is alone.
Line config_alone() {
  if (one_in(3)) return config();
  if (one_in(4)) return {"AI.CONFIG", "GET", "MODEL_CHUNK_SIZE"};
  return {"AI.CONFIG", "MODEL_CHUNK_SIZE",
          pick({"256", "1000", "5000", "1099511627776", "255", "1099511627777", "0", "-1", "1.5", "x"})};
}

std::vector<std::string> rule() {
  return pick<std::vector<std::string>>({{"mean"},
                                         {"mean"},
                                         {"MEDIAN"},
                                         {"trimmed_mean", "PARAMS", "f", "1"},
                                         {"trimmed_mean"},
                                         {"krum", "PARAMS", "f", "0"},
                                         {"krum"},
                                         {"meamed", "PARAMS", "F", "1"}});
}
std::vector<std::string> optimizer() {
  return pick<std::vector<std::string>>({{"SGD"},
                                         {"SGD", "PARAMS", "learning_rate", "0.5"},
                                         {"MOMENTUM"},
                                         {"ADAM"},
                                         {"adam", "PARAMS", "beta1", "0.5", "weight_decay", "0.01"},
                                         {"SGD", "PARAMS", "momentum", "0.5"}});
}

Line aggregate() {
  Line line{"TENSOR.AGGREGATE", key(), "RULE"};
  add(line, rule());
  add_counted(line, "KEYS", keys(1, 5));
  return line;
}
Line update() {
  Line line{"TENSOR.UPDATE", key()};
  add(line, optimizer());
  add(line, {"GRAD", key()});
  return line;
}
Line accumulate() { return {"TENSOR.ACCUMULATE", key(), key()}; }
Line aggupdate() {
  Line line{"TENSOR.AGGUPDATE", key()};
  add(line, optimizer());
  add(line, {"RULE"});
  add(line, rule());
  add_counted(line, "KEYS", keys(1, 5));
  return line;
}
Line model_update() {
  Line line{"AI.MODELUPDATE", key(), pick({"0.5", "0.001", "2"})};
  add(line, keys(1, 3));
  return line;
}

Line redis_line() {
  switch (below(11)) {
    case 0:
      return {pick({"DEL", "UNLINK"}), key()};
    case 1:
      return {"UNLINK", key(), key(), key()};
    case 2:
      return {"RENAME", key(), key()};
    case 3:
      return {"COPY", key(), key()};
    case 4:
      return {"COPY", key(), key(), "REPLACE"};
    case 5:
      return {"EXPIRE", key(), pick({"1000", "1000", "-1"})};
    case 6:
      return {"PERSIST", key()};
    case 7:
      return {"TTL", key()};
    case 8:
      return {"GET", key()};
    case 9:
      return {"SET", key(), pick({"", "text"})};
    default:
      return {"SET", script(), "text"};
  }
}

/// Makes a line in one of several ways, each as often as its number says.
using Make = Line (*)();
Line any_of(std::initializer_list<std::pair<std::size_t, Make>> ways) { return (*gen::weightedElement<Make>(ways))(); }

Line program_line() {
  return any_of({{4, script_store},
                 {1, script_get},
                 {1, script_del},
                 {6, script_call},
                 {3, model_store},
                 {1, model_get},
                 {1, model_del},
                 {4, model_call},
                 {1, info},
                 {1, scan}});
}

Line native_line() { return any_of({{3, aggregate}, {3, update}, {3, accumulate}, {2, aggupdate}, {2, model_update}}); }

Line module_line(bool alone) {
  return any_of(
      {{6, set}, {3, get}, {9, program_line}, {11, native_line}, {5, dag}, {1, alone ? config_alone : config}});
}

/// Words that break things.
const std::vector<std::string>& hostile_words() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> words = words_of(
        "\"\" -1 0 1 2 3 64 1.5 1e3 nan inf -inf 1e308 2147483648 4294967296 9223372036854775807 -9223372036854775808 "
        "99999999999999999999 KEYS INPUTS outputs ARGS TIMEOUT BLOB VALUES META PARAMS RULE GRAD SOURCE ENTRY_POINTS "
        "TAG LOAD PERSIST ROUTING |> AI.TENSORSET AI.SCRIPTEXECUTE "
        "f mean sgd momentum learning_rate FLOAT STRING CPU forever * \"$5\\x0d\\n\" \"\\x00\\xff\\x0d\\n\"");
    words.emplace_back(70'000, 'x');
    return words;
  }();
  return all;
}
std::string hostile() { return one_in(3) ? key() : *gen::elementOf(hostile_words()); }

/// How many words may be changed. Not the archive of a model: LibTorch reads some that have something wrong.
int changeable(const Line& line) {
  if (line[0] != "AI.MODELSTORE") return static_cast<int>(line.size());
  return static_cast<int>(std::find(line.rbegin(), line.rend(), "BLOB").base() - line.begin()) - 1;
}

void mutate(Line& line) {
  const int size = changeable(line);
  if (size == 1) return line.push_back(hostile());
  const auto at = [&] { return line.begin() + *gen::inRange(1, size); };
  switch (below(5)) {
    case 0:
      line.erase(at());
      break;
    case 1: {
      const std::string word = *at();
      line.insert(at(), word);
      break;
    }
    case 2:
      std::iter_swap(at(), at());
      break;
    case 3:
      *at() = hostile();
      break;
    default:
      line.insert(at(), hostile());
  }
}

Line any_line(bool alone) {
  Line line = module_line(alone);
  if (one_in(4)) {
    for (int i = 0, n = below(3); i <= n; ++i) mutate(line);
    return line;
  }
  return one_in(4) ? redis_line() : line;
}

Step any_step(bool alone) {
  const int way = below(12);
  if (way == 11) {
    Step step{.way = Step::Way::transaction, .lines = {}};
    for (int i = 0, n = below(4); i <= n; ++i) step.lines.push_back(any_line(alone));
    return step;
  }
  Step step{.lines = {any_line(alone)}};
  // Lua's numbers are doubles: elements of 64 bits would come back changed.
  if (way == 10 && step.lines[0][0] != "AI.TENSORGET") step.way = Step::Way::lua;
  return step;
}

/// What concerns the server as a whole. While it loads, it refuses what others ask. No BGSAVE: one that ends after
/// DEBUG RELOAD makes Redis's count of changes negative, and the next DEBUG LOADAOF ends in the AOF itself.
Step maintenance(bool alone) {
  std::vector<Line> lines{{"SAVE"}, {"BGREWRITEAOF"}};
  if (alone) lines.insert(lines.end(), {{"DEBUG", "RELOAD"}, {"DEBUG", "LOADAOF"}});
  return {.lines = {*gen::elementOf(lines)}};
}

std::vector<Step> opening() {
  std::vector<Step> steps;
  int seed = 1;
  for (const char* key : {"a", "b", "c"}) {
    const std::string first = std::to_string(seed++);
    steps.push_back({.lines = {{"AI.TENSORSET", key, "FLOAT", "4", "VALUES", first, "-2", "0.25", "7"}}});
  }
  for (std::size_t i = 0; i < program_sources().size(); ++i) {
    const std::string& source = program_sources()[i];
    steps.push_back({.lines = {{"AI.SCRIPTSTORE", i == 0 ? "s" : "t", "CPU", "ENTRY_POINTS", "1",
                                functions_of(source)[0], "SOURCE", source}}});
  }
  for (std::size_t i = 0; i < 2; ++i) {
    steps.push_back({.lines = {{"AI.MODELSTORE", i == 0 ? "m" : "n", "TORCH", "CPU", "BLOB", models()[i].archive}}});
  }
  return steps;
}

std::string shortened(const std::string& word) {
  for (std::size_t i = 0; i < program_sources().size(); ++i) {
    if (word == program_sources()[i]) return "<program " + std::to_string(i + 1) + ">";
  }
  if (const KnownModel* model = model_of(word)) return "<model " + model->name + ">";
  constexpr std::size_t longest = 60;
  store::Reply reply;
  reply.kind = store::Reply::Kind::bulk;
  reply.text = word.substr(0, longest);
  std::string text = text_of(reply);
  if (word.size() > longest) text += "…(" + std::to_string(word.size()) + " bytes)";
  return text;
}

}  // namespace

rc::Gen<Sequence> sequences() {
  return gen::exec([] {
    const int clients = one_in(3) ? 3 : 1;
    Sequence sequence;
    for (int client = 0; client < clients; ++client) {
      const bool alone = clients == 1;
      const auto step = gen::exec([=] { return one_in(60) ? maintenance(alone) : any_step(alone); });
      std::vector<Step> steps = *gen::container<std::vector<Step>>(step);
      if (*gen::inRange(0, 4) < 3) {
        const std::vector<Step> first = opening();
        steps.insert(steps.begin(), first.begin(), first.end());
      }
      sequence.push_back(std::move(steps));
    }
    return sequence;
  });
}

std::vector<Line> sent(const Step& step) {
  switch (step.way) {
    case Step::Way::plain:
      return {step.lines.at(0)};
    case Step::Way::lua: {
      Line line{"EVAL", "return redis.pcall(unpack(ARGV))", "0"};
      line.insert(line.end(), step.lines.at(0).begin(), step.lines.at(0).end());
      return {line};
    }
    case Step::Way::transaction: {
      std::vector<Line> lines{{"MULTI"}};
      lines.insert(lines.end(), step.lines.begin(), step.lines.end());
      lines.push_back({"EXEC"});
      return lines;
    }
  }
  return {};
}

std::ostream& operator<<(std::ostream& out, const Sequence& sequence) {
  for (std::size_t client = 0; client < sequence.size(); ++client) {
    out << "client " << client << (sequence.size() > 1 ? ", all at once:\n" : ", step by step:\n");
    for (const Step& step : sequence[client]) {
      for (const Line& line : sent(step)) {
        out << "  ";
        for (const std::string& word : line) out << ' ' << shortened(word);
        out << '\n';
      }
    }
  }
  return out;
}

}  // namespace windtunnel::tensordb::random
