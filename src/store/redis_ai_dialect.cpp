#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "store/dialect.h"
#include "store/redis_ai_program.h"

namespace windtunnel::store {
namespace {

/// One call of the program.
struct Call {
  std::string_view function;
  std::vector<std::string> inputs, arguments, outputs;
};

class RedisAiDialect final : public Dialect {
 public:
  RedisAiDialect(Connection& connection, std::string program_key)
      : connection_(connection), program_key_(std::move(program_key)) {}

  void aggregate(std::string_view out, const Operation& rule, std::span<const std::string> keys,
                 const AtHand&) override {  // none of the rules that its program knows uses them
    Call call{known("rule", rule.name, {"mean", "median", "trimmed_mean", "krum", "meamed"}),
              {keys.begin(), keys.end()},
              {},
              {std::string(out)}};
    if (!rule.params.empty()) call.arguments.emplace_back(rule.param("f"));
    execute(call, fmt::format("aggregate \"{}\" by {}", out, rule.name));
  }

  void update(std::string_view params, const Operation& optimizer, std::string_view gradient) override {
    const std::string what = fmt::format("update \"{}\" by {}", params, optimizer.name);
    Call call{known("optimizer", optimizer.name, {"sgd", "adam"}),
              {std::string(params), std::string(gradient)},
              {},
              {std::string(params)}};
    std::vector<std::string> state;
    const std::string_view momentum = optimizer.param("momentum", "0");
    if (call.function == "adam") {
      call.arguments = texts(optimizer, {"learning_rate", "beta1", "beta2", "epsilon", "weight_decay"});
      state = {place(params, "adam:first"), place(params, "adam:second"), place(params, "adam:steps")};
    } else {
      call.arguments = texts(optimizer, {"learning_rate", "momentum", "weight_decay"});
      if (std::stod(std::string(momentum)) != 0) {
        call.function = "momentum";
        state = {place(params, "sgd:first")};
      }
    }
    call.outputs.insert(call.outputs.end(), state.begin(), state.end());
    if (!state.empty() && all_exist(state, what)) call.inputs.insert(call.inputs.end(), state.begin(), state.end());
    execute(call, what);
  }

  std::vector<std::string> beside(std::string_view key) const override {
    return {place(key, "sgd:first"), place(key, "adam:first"), place(key, "adam:second"), place(key, "adam:steps")};
  }

 private:
  static std::string place(std::string_view key, std::string_view part) {
    return fmt::format("{}{}{}", key, state_mark, part);
  }

  static std::string_view known(std::string_view what, std::string_view name, std::vector<std::string_view> names) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      throw InputError("store: a server with RedisAI's commands only: " + unknown_word(what, name, names));
    }
    return *std::find(redis_ai_functions.begin(), redis_ai_functions.end(), name);
  }

  static std::vector<std::string> texts(const Operation& operation, std::initializer_list<std::string_view> names) {
    std::vector<std::string> out;
    for (const std::string_view name : names) out.emplace_back(operation.param(name, "0"));
    return out;
  }

  bool all_exist(const std::vector<std::string>& keys, std::string_view what) {
    Words words{"EXISTS"};
    words.insert(words.end(), keys.begin(), keys.end());
    const Reply reply = connection_.call(std::span(&words, 1), what, Connection::Repeat::safe)[0];
    if (reply.kind != Reply::Kind::integer) fail(connection_, what, reply.text);
    return reply.integer == static_cast<std::int64_t>(keys.size());
  }

  void execute(const Call& call, const std::string& what) {
    const std::string inputs = std::to_string(call.inputs.size()), outputs = std::to_string(call.outputs.size());
    const std::string arguments = std::to_string(call.arguments.size());
    Words words{"AI.SCRIPTEXECUTE", program_key_, call.function, "INPUTS", inputs};
    words.insert(words.end(), call.inputs.begin(), call.inputs.end());
    if (!call.arguments.empty()) {
      words.push_back("ARGS");
      words.push_back(arguments);
      words.insert(words.end(), call.arguments.begin(), call.arguments.end());
    }
    words.push_back("OUTPUTS");
    words.push_back(outputs);
    words.insert(words.end(), call.outputs.begin(), call.outputs.end());
    for (bool stored = false;;) {
      const Reply reply = connection_.call(std::span(&words, 1), what, Connection::Repeat::unsafe)[0];
      if (reply.kind == Reply::Kind::status && reply.text == "OK") return;
      if (stored || reply.text != "ERR script key is empty") fail(connection_, what, reply.text);
      store_program();
      stored = true;
    }
  }

  void store_program() {
    const std::string count = std::to_string(redis_ai_functions.size());
    Words words{"AI.SCRIPTSTORE", program_key_, "CPU", "ENTRY_POINTS", count};
    words.insert(words.end(), redis_ai_functions.begin(), redis_ai_functions.end());
    words.push_back("SOURCE");
    words.push_back(redis_ai_program());
    expect_ok(connection_, words, "store the aggregation program", Connection::Repeat::safe);
  }

  Connection& connection_;
  std::string program_key_;
};

}  // namespace

std::unique_ptr<Dialect> redis_ai_dialect(Connection& connection, std::string program_key) {
  return std::make_unique<RedisAiDialect>(connection, std::move(program_key));
}

}  // namespace windtunnel::store
