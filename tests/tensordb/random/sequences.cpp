#include "tests/tensordb/random/sequences.h"

#include <rapidcheck.h>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/random/programs.h"

namespace windtunnel::tensordb::random {
namespace {

namespace gen = rc::gen;

template <class T>
T pick(std::initializer_list<T> choices) {
  return *gen::elementOf(std::vector<T>(choices));
}
std::string pick(std::initializer_list<const char*> choices) {
  return *gen::elementOf(std::vector<std::string>(choices.begin(), choices.end()));
}
int below(int n) { return *gen::inRange(0, n); }
/// True once in `n` times; shrinks to false.
bool one_in(int n) { return *gen::inRange(0, n) == n - 1; }

std::string key() { return pick({"a", "b", "c", "d", "e", "s"}); }
std::string script() { return one_in(8) ? key() : pick({"s", "t"}); }
std::vector<std::string> keys(int least, int most) {
  std::vector<std::string> all;
  for (int i = 0, n = *gen::inRange(least, most + 1); i < n; ++i) all.push_back(key());
  return all;
}

void add(Line& line, const std::vector<std::string>& words) { line.insert(line.end(), words.begin(), words.end()); }
void add_counted(Line& line, const char* word, const std::vector<std::string>& words) {
  add(line, {word, std::to_string(words.size())});
  add(line, words);
}

int count_of(const std::vector<std::string>& shape) {
  int n = 1;
  for (const std::string& dim : shape) n *= std::stoi(dim);
  return n;
}

std::string value_word(const std::string& type, int i) {
  const bool real = type == "FLOAT" || type == "DOUBLE" || type == "float";
  if (real) return i == 49 ? "inf" : i == 48 ? "-1e300" : i % 5 == 0 ? "0.1" : std::to_string(i - 20);
  if (type == "BOOL") return std::to_string(i % 2);
  if (type == "STRING") return std::string(static_cast<std::size_t>(i % 4), 'x');
  return std::to_string(type[0] == 'U' ? i : i - 25);
}

std::string blob(const std::string& type, int n, int seed) {
  std::string bytes;
  auto append = [&](auto value, std::size_t size) { bytes.append(reinterpret_cast<const char*>(&value), size); };
  for (int i = 0; i < n; ++i) {
    const int x = (seed + 7 * i) % 23 - 11;
    if (type == "FLOAT" || type == "float") append(static_cast<float>(x) / 4, sizeof(float));
    if (type == "DOUBLE") append(static_cast<double>(x) / 3, sizeof(double));
    if (type == "BOOL") append(x % 2 == 0 ? 1 : 0, 1);
    if (type == "STRING") bytes += std::string(static_cast<std::size_t>((seed + i) % 3), 'y') + '\0';
    if (type.find("INT") != std::string::npos) {
      const std::string bits = type.substr(type.find_first_of("1368"));
      append(std::int64_t{x} * 0x0123456789abcdef, std::stoul(bits) / 8);
    }
  }
  return bytes;
}

Line tensor_set() {
  const std::string type = pick({"FLOAT", "FLOAT", "FLOAT", "FLOAT", "DOUBLE", "INT8", "INT16", "INT32", "INT64",
                                 "UINT8", "UINT16", "BOOL", "STRING", "float"});
  using Words = std::vector<std::string>;
  // Alike as a rule, so that several can be combined; now and then too large to be worked on by the main thread.
  const Words shape = one_in(12) ? Words{"40000"} : pick<Words>({{"4"}, {"4"}, {"2", "2"}, {"1"}, {}, {"3", "1"}});
  Line line{"AI.TENSORSET", key(), type};
  add(line, shape);
  const int n = count_of(shape), seed = below(50), way = n > 100 ? 1 + below(2) : below(5);
  if (way == 2) return line;
  const bool values = way != 1;
  line.emplace_back(values ? "VALUES" : "BLOB");
  if (values) {
    for (int i = 0; i < n; ++i) line.push_back(value_word(type, seed + i));
  } else {
    line.push_back(blob(type, n, seed));
  }
  return line;
}

Line get() {
  if (one_in(4)) return {"AI.SCRIPTGET", script()};
  Line line{"AI.TENSORGET", key()};
  add(line, pick<Line>({{"VALUES"}, {"META", "VALUES"}, {}, {"META"}, {"BLOB"}, {"BLOB", "META"}}));
  return line;
}

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

Line script_execute() {
  const std::string function =
      pick({"same", "all", "pair", "flat", "zeroed", "add", "zeroed_by_helper", "number", "fail", "many", "none_such"});
  // An endless one takes all the time it is given: seldom.
  Line line{"AI.SCRIPTEXECUTE", script(), one_in(40) ? "forever" : function};
  if (one_in(6)) add_counted(line, "KEYS", keys(1, 2));
  const std::vector<std::string> inputs = keys(1, 3);
  add_counted(line, "INPUTS", inputs);
  if (one_in(4)) add_counted(line, "ARGS", {"x", pick({"", "OUTPUTS"})});
  const int wanted = function == "pair" ? 2 : function == "all" ? static_cast<int>(inputs.size()) : 1;
  const int outputs = one_in(8) ? below(4) : wanted;
  if (outputs > 0) add_counted(line, "OUTPUTS", keys(outputs, outputs));
  if (one_in(12)) add(line, {"TIMEOUT", pick({"1000", "1", "5"})});
  return line;
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

Line module_line() {
  switch (
      *gen::weightedElement<int>({{6, 0}, {4, 1}, {2, 2}, {6, 3}, {3, 4}, {3, 5}, {3, 6}, {2, 7}, {2, 8}, {1, 9}})) {
    case 0:
      return tensor_set();
    case 1:
      return get();
    case 2:
      return script_store();
    case 3:
      return script_execute();
    case 4:
      return aggregate();
    case 5:
      return update();
    case 6:
      return {"TENSOR.ACCUMULATE", key(), key()};
    case 7:
      return aggupdate();
    case 8:
      return model_update();
    default:
      return one_in(2) ? Line{"AI.SCRIPTDEL", script()} : Line{"AI.INFO", script()};
  }
}

/// Words that break things.
const std::vector<std::string>& hostile_words() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> words = words_of(
        "\"\" -1 0 1 2 3 64 1.5 1e3 nan inf -inf 1e308 2147483648 4294967296 9223372036854775807 -9223372036854775808 "
        "99999999999999999999 KEYS INPUTS outputs ARGS TIMEOUT BLOB VALUES META PARAMS RULE GRAD SOURCE ENTRY_POINTS "
        "TAG "
        "f mean sgd momentum learning_rate FLOAT STRING CPU forever * \"$5\\x0d\\n\" \"\\x00\\xff\\x0d\\n\"");
    words.emplace_back(70'000, 'x');
    return words;
  }();
  return all;
}
std::string hostile() { return one_in(3) ? key() : *gen::elementOf(hostile_words()); }

void mutate(Line& line) {
  if (line.size() < 2) return;
  const int size = static_cast<int>(line.size());
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

Line any_line() {
  Line line = module_line();
  if (one_in(4)) {
    for (int i = 0, n = below(3); i <= n; ++i) mutate(line);
    return line;
  }
  return one_in(4) ? redis_line() : line;
}

Step any_step() {
  const int way = below(12);
  if (way == 11) {
    Step step{.way = Step::Way::transaction, .lines = {}};
    for (int i = 0, n = below(4); i <= n; ++i) step.lines.push_back(any_line());
    return step;
  }
  Step step{.lines = {any_line()}};
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
  return steps;
}

std::string shortened(const std::string& word) {
  for (std::size_t i = 0; i < program_sources().size(); ++i) {
    if (word == program_sources()[i]) return "<program " + std::to_string(i + 1) + ">";
  }
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
      const auto step = gen::exec([=] { return one_in(60) ? maintenance(alone) : any_step(); });
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
