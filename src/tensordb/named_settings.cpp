#include "tensordb/named_settings.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "tensordb/command_error.h"

namespace windtunnel::tensordb {
namespace {

CommandError refused(std::string_view name, const std::string& value, const std::string& why) {
  return CommandError("ERR " + std::string(name) + " " + shown(value) + ": " + why);
}

double number(std::string_view name, const std::string& value, const Limits& limits) {
  double parsed = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, parsed);
  if (error != std::errc() || stop != end || !std::isfinite(parsed)) throw refused(name, value, "a number is wanted");
  if (parsed < limits.min || (limits.above_min && parsed == limits.min)) throw refused(name, value, "too small");
  if (parsed > limits.max) throw refused(name, value, "too large");
  return parsed;
}

std::int64_t integer(std::string_view name, const std::string& value, const Limits& limits) {
  const std::optional<std::int64_t> parsed = parse_integer(value);
  if (!parsed) throw refused(name, value, "a whole number is wanted");
  number(name, value, limits);
  return *parsed;
}

bool boolean(std::string_view name, const std::string& value) {
  if (value == "true" || value == "1" || value == "yes") return true;
  if (value == "false" || value == "0" || value == "no") return false;
  throw refused(name, value, "true or false is wanted");
}

/// Stores to the kinds of members that rules and optimizers have.
struct Store {
  const Field& field;
  const std::string& value;

  void operator()(bool* target) const { *target = boolean(field.name, value); }
  void operator()(std::int64_t* target) const { *target = integer(field.name, value, field.limits); }
  void operator()(double* target) const { *target = number(field.name, value, field.limits); }
  void operator()(std::optional<std::int64_t>* target) const { *target = integer(field.name, value, field.limits); }
  void operator()(std::optional<double>* target) const { *target = number(field.name, value, field.limits); }
  void operator()(const Word& word) const {
    for (std::size_t i = 0; i < word.words.size(); ++i) {
      if (word.words[i] == value) {
        *word.index = static_cast<int>(i);
        return;
      }
    }
    throw refused(field.name, value, "known: " + join(word.words));
  }
  template <class Other>
  void operator()(const Other&) const {
    throw refused(field.name, value, "cannot be set here");
  }
};

}  // namespace

NamedSettings take_settings(Arguments& arguments, std::string_view end) {
  return take_settings(arguments, std::span(&end, 1));
}

NamedSettings take_settings(Arguments& arguments, std::span<const std::string_view> ends) {
  NamedSettings given;
  if (!arguments.take_if("PARAMS")) return given;
  while (true) {
    if (arguments.done()) throw CommandError("ERR " + std::string(ends.back()) + " is missing after PARAMS");
    for (const std::string_view end : ends) {
      if (equal_ignoring_case(arguments.peek(), end)) return given;
    }
    std::string name(arguments.take());
    if (arguments.done()) throw CommandError("ERR PARAMS " + shown(name) + " has no value");
    given.emplace_back(std::move(name), std::string(arguments.take()));
  }
}

void SettingsReader::field(Field field) {
  const std::string name = prefix_ + std::string(field.name);
  known_.push_back(name);
  Choosable* const* const choice = std::get_if<Choosable*>(&field.target);
  for (std::size_t i = 0; i < given_.size(); ++i) {
    if (!equal_ignoring_case(given_[i].first, name)) continue;
    if (used_[i]) continue;
    used_[i] = true;
    if (choice != nullptr) {
      choose(**choice, name, given_[i].second);
    } else {
      std::visit(Store{field, given_[i].second}, field.target);
    }
  }
  if (choice == nullptr) return;
  const std::string before = std::exchange(prefix_, name + ".");
  (*choice)->describe(*this);
  prefix_ = before;
}

void SettingsReader::choose(Choosable& choice, const std::string& name, const std::string& value) {
  std::vector<std::string_view> members;
  for (const Choosable::Name& each : choice.names()) {
    members.push_back(each.name);
    if (equal_ignoring_case(each.name, value)) return choice.select(each.name);
  }
  throw CommandError("ERR " + single_line(unknown_word(name, value, members)));
}

void SettingsReader::finish() const {
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (std::size_t i = 0; i < given_.size(); ++i) {
    if (!used_[i]) throw CommandError("ERR " + single_line(unknown_word("setting", given_[i].first, known)));
  }
}

}  // namespace windtunnel::tensordb
