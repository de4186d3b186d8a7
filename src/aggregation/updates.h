// What a rule is given: the rows, and what the one who combines has at hand besides them.
#pragma once

#include <algorithm>
#include <cstdint>

#include "aggregation/parallel.h"
#include "aggregation/rows.h"

namespace windtunnel::aggregation {

/// Beside the rows. Each row is empty when it is not at hand, else as long as the others; nothing is copied.
struct RuleContext {
  Row own{};        ///< the update of the one who combines
  Row previous{};   ///< the aggregate of the round before
  Row reference{};  ///< an update that the one who combines trusts: the gradient of samples of its own
  Parallel parallel{};
};

/// What a rule uses of a RuleContext.
struct Wants {
  bool own = false;        ///< cannot do without
  bool reference = false;  ///< cannot do without
  bool previous = false;   ///< starts from zero without it
};

/// The rows that take part, all finite unless the rule lets other values through.
struct Updates {
  Rows rows;
  std::int64_t left_out;  ///< rows that were left out because they hold NaN or infinity: each is one of the f
  const RuleContext& context;

  /// Byzantine rows to withstand among those that are left.
  std::int64_t remaining(std::int64_t f) const { return std::max<std::int64_t>(f - left_out, 0); }
};

}  // namespace windtunnel::aggregation
