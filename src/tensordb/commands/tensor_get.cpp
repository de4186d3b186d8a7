// AI.TENSORGET key [META] [BLOB | VALUES]
#include "tensordb/command.h"
#include "tensordb/element_text.h"
#include "tensordb/keyspace.h"
#include "tensordb/tensor_reply.h"

namespace windtunnel::tensordb {
namespace {

struct Line {
  std::string_view key;
  TensorFormat format;
};

Line parse_line(Arguments& arguments) {
  if (arguments.count() < 2 || arguments.count() > 4) throw wrong_arity("ai.tensorget");
  Line line;
  line.key = arguments.take_key(redis::use::read);
  line.format = parse_format(arguments);
  return line;
}

}  // namespace

TensorFormat parse_format(Arguments& arguments) {
  TensorFormat format;
  const bool any = !arguments.done();
  while (!arguments.done()) {
    if (arguments.take_if("META")) {
      format.meta = true;
    } else if (arguments.take_if("BLOB")) {
      format.blob = true;
    } else if (arguments.take_if("VALUES")) {
      format.values = true;
    } else {
      throw CommandError("ERR unsupported data format");
    }
  }
  if (!any) format.meta = format.blob = true;
  if (format.blob && format.values) throw CommandError("ERR both BLOB and VALUES specified");
  return format;
}

void reply_tensor(redis::Context* context, const Tensor& tensor, TensorFormat format) {
  const redis::Api& api = redis::api();
  auto text = [&](std::string_view word) { api.reply_buffer(context, word.data(), word.size()); };
  if (format.meta) {
    api.reply_array(context, format.blob || format.values ? 6 : 4);
    text("dtype");
    text(name(tensor.dtype));
    text("shape");
    api.reply_array(context, static_cast<long>(tensor.shape.size()));
    for (const std::int64_t dim : tensor.shape) api.reply_integer(context, dim);
  }
  if (format.blob) {
    if (format.meta) text("blob");
    api.reply_buffer(context, reinterpret_cast<const char*>(tensor.data->data()), tensor.data->size());
  } else if (format.values) {
    if (format.meta) text("values");
    reply_elements(context, tensor);
  }
}

const Command tensor_get{.name = "AI.TENSORGET",
                         .flags = "readonly",
                         .parse = [](Arguments& arguments) { parse_line(arguments); },
                         .run =
                             [](redis::Context* context, redis::String**, Arguments& arguments) {
                               const Line line = parse_line(arguments);
                               reply_tensor(context, *find_tensor(context, line.key), line.format);
                             }};

}  // namespace windtunnel::tensordb
