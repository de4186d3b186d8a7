// AI.TENSORSET: its grammar, and the tensor it describes.
#include "tensordb/command.h"
#include "tensordb/element_text.h"
#include "tensordb/keyspace.h"
#include "tensordb/module_settings.h"
#include "tensordb/operations.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

constexpr const char* upper_name = "AI.TENSORSET";

void check_size(DType dtype, std::int64_t count) {
  if (count > settings().max_tensor_bytes / static_cast<std::int64_t>(element_size(dtype))) {
    throw CommandError("ERR tensor is larger than MAX_TENSOR_MB allows");
  }
}

}  // namespace

TensorSetLine parse_tensor_set(Arguments& arguments) {
  if (arguments.count() < 4) throw wrong_arity("ai.tensorset");
  TensorSetLine line;
  line.key = arguments.take_tensor(redis::use::overwrite);
  const std::optional<DType> dtype = dtype_named(arguments.take());
  if (!dtype) throw CommandError("ERR invalid data type");
  line.dtype = *dtype;
  while (!arguments.done()) {
    if (arguments.take_if("BLOB")) {
      line.has_blob = true;
      if (arguments.left() != 1) {
        throw CommandError(std::string("ERR a single binary string should come after the BLOB argument in '") +
                           upper_name + "' command");
      }
      line.blob = arguments.take_string();
    } else if (arguments.take_if("VALUES")) {
      line.has_values = true;
      line.values = arguments.take_many(arguments.left());
    } else {
      const std::optional<std::int64_t> dim = parse_integer(arguments.take());
      if (!dim || *dim <= 0 || line.shape.size() == max_rank) {
        throw CommandError("ERR invalid or negative value found in tensor shape");
      }
      line.shape.push_back(*dim);
    }
  }
  return line;
}

TensorRef tensor_of(const TensorSetLine& line) {
  Ref<Buffer> elements;
  const std::optional<std::int64_t> count = element_count(line.shape);
  if (line.has_blob) {
    const std::string_view blob = redis::view(line.blob);
    if (!count) throw CommandError("ERR data length does not match tensor shape and type");
    // Lengths first, so that a wrong one costs no copy.
    if (line.dtype != DType::string && blob.size() != static_cast<std::size_t>(*count) * element_size(line.dtype)) {
      throw CommandError("ERR data length does not match tensor shape and type");
    }
    elements = Buffer::copy_of({reinterpret_cast<const std::byte*>(blob.data()), blob.size()});
  } else if (line.has_values) {
    return ValuesToRead(line).read();
  } else {
    if (!count) throw CommandError("ERR invalid or negative value found in tensor shape");
    check_size(line.dtype, *count);
    elements = Buffer::zeros(static_cast<std::size_t>(*count) * element_size(line.dtype));
  }
  TensorRef tensor = TensorRef::adopt(new Tensor(line.dtype, line.shape, {std::move(elements), {}}));
  tensor->validate();
  return tensor;
}

bool has_many_values(const TensorSetLine& line) {
  return line.has_values && !line.has_blob && line.values.size() >= static_cast<std::size_t>(many_elements);
}

ValuesToRead::ValuesToRead(const TensorSetLine& line) : dtype_(line.dtype), shape_(line.shape), values_(line.values) {
  const std::optional<std::int64_t> count = element_count(shape_);
  if (!count || static_cast<std::size_t>(*count) != values_.size()) {
    throw CommandError(std::string("ERR wrong number of values was given in '") + upper_name + "' command");
  }
}

TensorRef ValuesToRead::read() const {
  ElementParser parser(dtype_, values_.size());
  values_.for_each_slice([&](std::span<redis::String* const> some) { parser.take(some); });
  TensorRef tensor = TensorRef::adopt(new Tensor(dtype_, shape_, {parser.finish(), {}}));
  tensor->validate();
  return tensor;
}

namespace {

/// Many values are read by a worker.
class TensorSetJob final : public Job {
 public:
  explicit TensorSetJob(const TensorSetLine& line) : values_(line) { writes.emplace_back(line.key); }
  void gather(redis::Context* context) override { check_tensor_or_empty(context, writes[0]); }
  void compute(const JobContext&) override {
    if (!tensor_) tensor_ = values_.read();
  }
  bool commit(redis::Context* context) override {
    replaced_ = store_tensor(context, writes[0], tensor_, Ttl::clear);
    replicate_tensor(context, writes[0], *tensor_);
    return true;
  }
  void let_go_of_arguments() override { values_.let_go(); }

 private:
  ValuesToRead values_;
  TensorRef tensor_, replaced_;
};

void run(redis::Context* context, redis::String**, Arguments& arguments) {
  const TensorSetLine line = parse_tensor_set(arguments);
  if (has_many_values(line)) return runner().run(context, std::make_unique<TensorSetJob>(line));
  check_tensor_or_empty(context, line.key);
  store_tensor(context, line.key, tensor_of(line), Ttl::clear);
  redis::api().replicate_verbatim(context);
  redis::api().reply_simple(context, "OK");
}

}  // namespace

const Command tensor_set{.name = "AI.TENSORSET",
                         .flags = "write deny-oom",
                         .parse = [](Arguments& arguments) { parse_tensor_set(arguments); },
                         .run = run};

}  // namespace windtunnel::tensordb
