#include "tensordb/rule_line.h"

#include <array>

#include "tensordb/command_error.h"

namespace windtunnel::tensordb {
namespace {

struct AtHand {
  std::string_view word;
  Beside::Place place;
};
constexpr std::array at_hand{AtHand{"OWN", &Beside::own}, AtHand{"PREVIOUS", &Beside::previous},
                             AtHand{"REFERENCE", &Beside::reference}};
constexpr std::array<std::string_view, 4> ends{"OWN", "PREVIOUS", "REFERENCE", "KEYS"};

}  // namespace

std::vector<std::string_view> RuleLine::all_keys() const {
  std::vector<std::string_view> all = keys;
  all.insert(all.end(), at_hand.begin(), at_hand.end());
  return all;
}

RuleLine take_rule(Arguments& arguments, std::string_view command) {
  const std::string of(command);
  RuleLine line;
  if (!arguments.take_if("RULE") || arguments.done()) {
    throw CommandError("ERR RULE and its name are missing in " + of);
  }
  line.rule = arguments.take();
  line.settings = take_settings(arguments, ends);
  for (bool found = true; found;) {
    found = false;
    for (const AtHand& each : at_hand) {
      if (!arguments.take_if(each.word)) continue;
      if (arguments.done()) throw CommandError("ERR a key is wanted after " + std::string(each.word) + " in " + of);
      line.at_hand.push_back(arguments.take_key(redis::use::read));
      line.at_hand_for.push_back(each.place);
      found = true;
    }
  }
  if (!arguments.take_if("KEYS")) throw CommandError("ERR KEYS is missing in " + of);
  const std::optional<std::int64_t> n = arguments.done() ? std::nullopt : parse_integer(arguments.take());
  if (!n || *n < 1 || *n != arguments.left()) {
    throw CommandError("ERR the number of KEYS of " + of + " is not the number of keys given");
  }
  line.keys = arguments.take_keys(static_cast<int>(*n), redis::use::read);
  return line;
}

void LineRule::check_inputs(std::span<const TensorRef> inputs) const {
  check_same_floats(inputs);
  rule_.check_input(rows_, beside(inputs));
}

Beside LineRule::beside(std::span<const TensorRef> inputs) const {
  Beside beside;
  for (std::size_t i = 0; i < at_hand_.size(); ++i) beside.*at_hand_[i] = inputs[rows_ + i];
  return beside;
}

}  // namespace windtunnel::tensordb
