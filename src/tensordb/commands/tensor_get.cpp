// AI.TENSORGET: its grammar and its reply.
#include "tensordb/command.h"
#include "tensordb/element_text.h"
#include "tensordb/keyspace.h"
#include "tensordb/operations.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {

TensorGetLine parse_tensor_get(Arguments& arguments) {
  if (arguments.count() < 2 || arguments.count() > 4) throw wrong_arity("ai.tensorget");
  TensorGetLine line;
  line.key = arguments.take_tensor(redis::use::read);
  if (arguments.done()) line.parts.meta = line.parts.blob = true;
  while (!arguments.done()) {
    if (arguments.take_if("META")) {
      line.parts.meta = true;
    } else if (arguments.take_if("BLOB")) {
      line.parts.blob = true;
    } else if (arguments.take_if("VALUES")) {
      line.parts.values = true;
    } else {
      throw CommandError("ERR unsupported data format");
    }
  }
  if (line.parts.blob && line.parts.values) throw CommandError("ERR both BLOB and VALUES specified");
  return line;
}

bool is_long_reply(const Tensor& tensor, const TensorParts& wanted) {
  if (wanted.values) return tensor.count() >= many_elements;
  const auto least = static_cast<std::size_t>(tensor.count()) * element_size(tensor.dtype);
  return wanted.blob && least >= many_bytes;
}

void reply_tensor(redis::Context* context, const Tensor& tensor, const TensorParts& wanted, bool resp3) {
  const redis::Api& api = redis::api();
  auto text = [&](std::string_view word) { api.reply_buffer(context, word.data(), word.size()); };
  if (wanted.meta) {
    api.reply_array(context, wanted.blob || wanted.values ? 6 : 4);
    text("dtype");
    text(name(tensor.dtype));
    text("shape");
    api.reply_array(context, static_cast<long>(tensor.shape.size()));
    for (const std::int64_t dim : tensor.shape) api.reply_integer(context, dim);
  }
  if (wanted.blob) {
    if (wanted.meta) text("blob");
    const std::span<const std::byte> data = tensor.bytes();
    api.reply_buffer(context, reinterpret_cast<const char*>(data.data()), data.size());
  } else if (wanted.values) {
    if (wanted.meta) text("values");
    reply_elements(context, tensor, resp3);
  }
}

namespace {

/// Waits for a value that is a promise still, and puts a long reply together, off the main thread.
class TensorGetJob final : public Job {
 public:
  explicit TensorGetJob(const TensorGetLine& line) : key_(line.key), parts_(line.parts) {}
  void gather(redis::Context* context) override {
    tensor_ = find_tensor(context, key_);
    resp3_ = speaks_resp3(context);
  }
  bool brief() const override {
    return !(parts_.blob || parts_.values) || (!tensor_->pending() && !replies_at_length());
  }
  void compute(const JobContext&) override { tensor_->content(); }
  bool commit(redis::Context*) override { return true; }
  void reply(redis::Context* context) override { reply_tensor(context, *tensor_, parts_, resp3_); }
  bool replies_at_length() const override { return is_long_reply(*tensor_, parts_); }

 private:
  std::string key_;
  TensorParts parts_;
  TensorRef tensor_;
  bool resp3_ = false;
};

}  // namespace

const Command tensor_get{.name = "AI.TENSORGET",
                         .flags = "readonly",
                         .parse = [](Arguments& arguments) { parse_tensor_get(arguments); },
                         .run =
                             [](redis::Context* context, redis::String**, Arguments& arguments) {
                               runner().run(context, std::make_unique<TensorGetJob>(parse_tensor_get(arguments)));
                             }};

}  // namespace windtunnel::tensordb
