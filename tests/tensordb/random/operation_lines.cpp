#include "tests/tensordb/random/operation_lines.h"

namespace windtunnel::tensordb::random {
namespace {

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

}  // namespace

Line tensor_set(const Name& output) {
  const std::string type = pick({"FLOAT", "FLOAT", "FLOAT", "FLOAT", "DOUBLE", "INT8", "INT16", "INT32", "INT64",
                                 "UINT8", "UINT16", "BOOL", "STRING", "float"});
  using Words = std::vector<std::string>;
  // Alike as a rule, so that several can be combined; now and then too large to be worked on by the main thread.
  const Words shape = one_in(12) ? Words{"40000"} : pick<Words>({{"4"}, {"4"}, {"2", "2"}, {"1"}, {}, {"3", "1"}});
  Line line{"AI.TENSORSET", output(), type};
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

Line tensor_get(const Name& input) {
  Line line{"AI.TENSORGET", input()};
  add(line, pick<Line>({{"VALUES"}, {"META", "VALUES"}, {}, {"META"}, {"BLOB"}, {"BLOB", "META"}}));
  return line;
}

Line script_execute(const Name& input, const Name& output) {
  const std::string function =
      pick({"same", "all", "pair", "flat", "zeroed", "add", "zeroed_by_helper", "number", "fail", "many", "none_such"});
  // An endless one takes all the time it is given: seldom.
  Line line{"AI.SCRIPTEXECUTE", script(), one_in(40) ? "forever" : function};
  if (one_in(6)) add_counted(line, "KEYS", keys(1, 2));
  const std::vector<std::string> inputs = names(input, 1, 3);
  add_counted(line, "INPUTS", inputs);
  if (one_in(4)) add_counted(line, "ARGS", {"x", pick({"", "OUTPUTS"})});
  const int wanted = function == "pair" ? 2 : function == "all" ? static_cast<int>(inputs.size()) : 1;
  const int outputs = one_in(8) ? below(4) : wanted;
  if (outputs > 0) add_counted(line, "OUTPUTS", names(output, outputs, outputs));
  return line;
}

Line model_execute(const Name& input, const Name& output) {
  Line line{"AI.MODELEXECUTE", model()};
  const bool two = !one_in(5);
  const auto count = [](int right) { return one_in(20) ? 1 + below(3) : right; };
  const int inputs = count(two ? 2 : 1), outputs = count(two && one_in(2) ? 2 : 1);
  add_counted(line, "INPUTS", names(input, inputs, inputs));
  add_counted(line, "OUTPUTS", names(output, outputs, outputs));
  return line;
}

}  // namespace windtunnel::tensordb::random
