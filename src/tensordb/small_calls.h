// Which calls of a script do so little, whatever the values, that handing them to a worker would take longer than
// running them. Decided from the program alone and from sizes: no loop, no branch, and only steps whose result is no
// larger than their operands broadcast together.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include "tensordb/engine.h"

namespace windtunnel::tensordb {

/// Whether every step of the function, the functions it calls included, is one of those. `original` stays as it is.
bool takes_small_steps(torch::jit::Graph& original);

/// Whether a function that takes small steps makes no tensor of more than a few thousand elements in this call.
bool has_small_inputs(const ScriptCall& call);

}  // namespace windtunnel::tensordb
