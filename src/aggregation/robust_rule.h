// What rules have in common that withstand a number f of Byzantine rows given as a setting.
// Promise: a rule's least number of rows is linear in f and grows with it.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

class RobustRule : public Rule {
 public:
  std::int64_t f = 1;  ///< Byzantine rows to withstand, ≥ 0

  void describe(Fields& fields) override;
  std::string label() const override;
  std::int64_t least_rows(std::int64_t left_out) const override;

 protected:
  /// What a derived rule is: its name, what `f` means to people, and that it needs per_f · f + fixed rows.
  struct About {
    std::string_view name;
    std::string_view f;
    std::int64_t per_f, fixed;
  };
  explicit RobustRule(About about) : about_(about) {}

 private:
  About about_;
};

}  // namespace windtunnel::aggregation
