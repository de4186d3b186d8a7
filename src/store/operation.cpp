#include "store/operation.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"

namespace windtunnel::store {
namespace {

/// Writes every described member as text; fmt's shortest form of a double reads back to the same bits.
class Writer final : public Fields {
 public:
  explicit Writer(std::vector<std::pair<std::string, std::string>>& out) : out_(out) {}

  void field(Field field) override {
    std::visit([&](const auto& target) { write(field.name, target); }, field.target);
  }

 private:
  // A choice among the settings: its name, then its own settings below it (`rule krum rule.f 1`).
  void write(std::string_view name, Choosable* choice) {
    add(name, std::string(choice->selected()));
    const std::string before = std::exchange(prefix_, fmt::format("{}{}.", prefix_, name));
    choice->describe(*this);
    prefix_ = before;
  }
  void write(std::string_view name, bool* value) { add(name, *value ? "true" : "false"); }
  void write(std::string_view name, std::int64_t* value) { add(name, fmt::format("{}", *value)); }
  void write(std::string_view name, double* value) { add(name, fmt::format("{}", *value)); }
  void write(std::string_view name, std::optional<std::int64_t>* value) {
    if (*value) add(name, fmt::format("{}", **value));
  }
  void write(std::string_view name, std::optional<double>* value) {
    if (*value) add(name, fmt::format("{}", **value));
  }
  void write(std::string_view name, const Word& word) {
    add(name, std::string(word.words[static_cast<std::size_t>(*word.index)]));
  }
  template <class Other>
  void write(std::string_view name, const Other&) {
    check(false, fmt::format("operation: setting \"{}\" is of a kind that a server cannot be told", name));
  }
  void add(std::string_view name, std::string value) { out_.emplace_back(fmt::format("{}{}", prefix_, name), std::move(value)); }

  std::string prefix_;

  std::vector<std::pair<std::string, std::string>>& out_;
};

}  // namespace

std::string_view Operation::param(std::string_view key, std::string_view fallback) const {
  for (const auto& [setting, value] : params) {
    if (setting == key) return value;
  }
  return fallback;
}

Operation Operation::of_choosable(Choosable& choice) {
  Operation operation{std::string(choice.selected()), {}};
  Writer writer(operation.params);
  choice.describe(writer);
  return operation;
}

}  // namespace windtunnel::store
