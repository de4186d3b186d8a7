#include <fmt/format.h>

#include "base/error.h"
#include "store/dialect.h"

namespace windtunnel::store {
namespace {

void add_params(Words& words, const Operation& operation) {
  if (operation.params.empty()) return;
  words.push_back("PARAMS");
  for (const auto& [name, value] : operation.params) {
    words.push_back(name);
    words.push_back(value);
  }
}

class NativeDialect final : public Dialect {
 public:
  explicit NativeDialect(Connection& connection) : connection_(connection) {}

  void aggregate(std::string_view out, const Operation& rule, std::span<const std::string> keys,
                 const AtHand& at_hand) override {
    const std::string count = std::to_string(keys.size());
    Words words{"TENSOR.AGGREGATE", out, "RULE", rule.name};
    add_params(words, rule);
    const auto add_key = [&](std::string_view word, const std::string& key) {
      if (!key.empty()) words.insert(words.end(), {word, key});
    };
    add_key("OWN", at_hand.own);
    add_key("PREVIOUS", at_hand.previous);
    add_key("REFERENCE", at_hand.reference);
    words.push_back("KEYS");
    words.push_back(count);
    words.insert(words.end(), keys.begin(), keys.end());
    // The output may be one of the inputs: a second run would then see its own result.
    expect_ok(connection_, words, fmt::format("aggregate \"{}\" by {}", out, rule.name), Connection::Repeat::unsafe);
  }

  void update(std::string_view params, const Operation& optimizer, std::string_view gradient) override {
    Words words{"TENSOR.UPDATE", params, optimizer.name};
    add_params(words, optimizer);
    words.push_back("GRAD");
    words.push_back(gradient);
    expect_ok(connection_, words, fmt::format("update \"{}\" by {}", params, optimizer.name),
              Connection::Repeat::unsafe);
  }

  std::vector<std::string> beside(std::string_view) const override { return {}; }

 private:
  Connection& connection_;
};

}  // namespace

void fail(const Connection& connection, std::string_view what, std::string_view words) {
  throw RunError(fmt::format("store: {} at {}: {}", what, connection.address().display(), words));
}

void expect_ok(Connection& connection, const Words& words, std::string_view what, Connection::Repeat repeat) {
  const std::vector<Reply> replies = connection.call(std::span(&words, 1), what, repeat);
  if (replies[0].kind != Reply::Kind::status || replies[0].text != "OK") fail(connection, what, replies[0].text);
}

std::unique_ptr<Dialect> native_dialect(Connection& connection) { return std::make_unique<NativeDialect>(connection); }

}  // namespace windtunnel::store
