// TENSOR.RESTORE key header elements [vector …]: a tensor in its stored form (codec.h), as AOF files and masters send
// it.
#include "tensordb/codec.h"
#include "tensordb/command.h"
#include "tensordb/keyspace.h"
#include "tensordb/types.h"

namespace windtunnel::tensordb {
namespace {

struct Line {
  std::string_view key, header, elements;
  std::vector<std::string_view> vectors;
};

Line parse_line(Arguments& arguments) {
  if (arguments.count() < 4 || arguments.count() > 6) throw wrong_arity("tensor.restore");
  Line line;
  line.key = arguments.take_key(redis::use::overwrite);
  line.header = arguments.take();
  line.elements = arguments.take();
  while (!arguments.done()) line.vectors.push_back(arguments.take());
  return line;
}

}  // namespace

const Command tensor_restore{.name = restore_command,
                             .flags = "write deny-oom",
                             .parse = [](Arguments& arguments) { parse_line(arguments); },
                             .run =
                                 [](redis::Context* context, redis::String**, Arguments& arguments) {
                                   const Line line = parse_line(arguments);
                                   const TensorRef tensor = decode(line.header, line.elements, line.vectors);
                                   store_tensor(context, line.key, tensor, Ttl::clear);
                                   redis::api().replicate_verbatim(context);
                                   redis::api().reply_simple(context, "OK");
                                 }};

}  // namespace windtunnel::tensordb
