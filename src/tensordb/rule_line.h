// The end of the command lines that combine tensors by a rule:
// `RULE name [PARAMS k v …] [OWN key] [PREVIOUS key] [REFERENCE key] KEYS n key …`.
#pragma once

#include <string_view>
#include <vector>

#include "tensordb/native_math.h"

namespace windtunnel::tensordb {

struct RuleLine {
  std::string_view rule;
  NamedSettings settings;
  std::vector<std::string_view> keys;      ///< of the rows
  std::vector<std::string_view> at_hand;   ///< of what else the rule may use
  std::vector<Beside::Place> at_hand_for;  ///< what each of them is

  /// The rows' keys, then the others.
  std::vector<std::string_view> all_keys() const;
};

/// Takes it from the word RULE to the end. Throws CommandError, naming `command`.
RuleLine take_rule(Arguments& arguments, std::string_view command);

/// The rule of a line, with its inputs: as many rows as the line has keys, then what is at hand.
class LineRule {
 public:
  explicit LineRule(const RuleLine& line)
      : rule_(line.rule, line.settings), rows_(line.keys.size()), at_hand_(line.at_hand_for) {}

  const NamedRule& rule() const { return rule_; }
  /// Throws CommandError unless the inputs are tensors that the rule can combine.
  void check_inputs(std::span<const TensorRef> inputs) const;
  std::span<const TensorRef> rows(std::span<const TensorRef> inputs) const { return inputs.first(rows_); }
  Beside beside(std::span<const TensorRef> inputs) const;
  double kept_bytes(std::span<const TensorRef> inputs) const {
    return rule_.rule().kept_bytes(static_cast<std::int64_t>(rows_), inputs[0]->count());
  }

 private:
  NamedRule rule_;
  std::size_t rows_;
  std::vector<Beside::Place> at_hand_;
};

}  // namespace windtunnel::tensordb
