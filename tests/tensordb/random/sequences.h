// Random sequences of commands: valid ones, and ones with something wrong.
#pragma once

#include <rapidcheck/Gen.h>

#include <ostream>
#include <vector>

#include "tests/tensordb/random/cursor.h"

namespace windtunnel::tensordb::random {

/// One thing that a client does.
struct Step {
  enum class Way { plain, transaction, lua };
  Way way = Way::plain;
  std::vector<Line> lines;  ///< several only in a transaction
};

/// What every client does, in order. One client asks step by step; several send all they have at once, each in a
/// database of its own.
using Sequence = std::vector<std::vector<Step>>;

rc::Gen<Sequence> sequences();

/// As a person can read it, and send it again; long words are shortened.
std::ostream& operator<<(std::ostream& out, const Sequence& sequence);

/// The lines of a step as they are sent: MULTI … EXEC, or EVAL.
std::vector<Line> sent(const Step& step);

}  // namespace windtunnel::tensordb::random
