// How a tensor is shown in a reply: AI.TENSORGET by itself and inside a DAG.
#pragma once

#include "tensordb/arguments.h"
#include "tensordb/tensor.h"

namespace windtunnel::tensordb {

struct TensorFormat {
  bool meta = false, blob = false, values = false;
};

/// `[META] [BLOB | VALUES]` up to the end of the arguments; nothing means META BLOB.
TensorFormat parse_format(Arguments& arguments);

/// One reply.
void reply_tensor(redis::Context* context, const Tensor& tensor, TensorFormat format);

}  // namespace windtunnel::tensordb
