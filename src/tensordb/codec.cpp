#include "tensordb/codec.h"

#include <bit>
#include <cstring>

#include "tensordb/command_error.h"

namespace windtunnel::tensordb {
namespace {

static_assert(std::endian::native == std::endian::little,
              "stored numbers are little-endian, elements are stored as they are");

constexpr std::uint8_t header_version = 1;
constexpr std::size_t max_vectors = 2;
constexpr std::size_t max_name = 64;

CommandError malformed() { return CommandError("ERR malformed tensor payload"); }

template <class T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view take(std::size_t n) {
    if (bytes_.size() < n) throw malformed();
    const std::string_view taken = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return taken;
  }
  bool done() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

struct Header {
  DType dtype;
  Shape shape;
  bool has_optimizer;
  std::string optimizer;
  std::int64_t steps;
  std::size_t vectors;
};

Header parse(std::string_view bytes) {
  Reader in(bytes);
  Header header{};
  if (in.number<std::uint8_t>() != header_version) throw malformed();
  const std::optional<DType> dtype = dtype_numbered(in.number<std::uint8_t>());
  if (!dtype) throw malformed();
  header.dtype = *dtype;
  const auto rank = in.number<std::uint8_t>();
  if (rank > max_rank) throw malformed();
  for (int i = 0; i < rank; ++i) header.shape.push_back(in.number<std::int64_t>());
  header.has_optimizer = in.number<std::uint8_t>() != 0;
  if (header.has_optimizer) {
    const auto length = in.number<std::uint8_t>();
    if (length > max_name) throw malformed();
    header.optimizer = in.take(length);
    header.steps = in.number<std::int64_t>();
    header.vectors = in.number<std::uint8_t>();
    if (header.steps < 0 || header.vectors > max_vectors) throw malformed();
  }
  if (!in.done()) throw malformed();
  return header;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace

std::string encode_header(const Tensor& tensor) {
  std::string out;
  append(out, header_version);
  append(out, static_cast<std::uint8_t>(tensor.dtype));
  append(out, static_cast<std::uint8_t>(tensor.shape.size()));
  for (const std::int64_t dim : tensor.shape) append(out, dim);
  append(out, static_cast<std::uint8_t>(tensor.optimizer ? 1 : 0));
  if (tensor.optimizer) {
    append(out, static_cast<std::uint8_t>(tensor.optimizer->name.size()));
    out += tensor.optimizer->name;
    append(out, tensor.optimizer->steps);
    append(out, static_cast<std::uint8_t>(tensor.content().vectors.size()));
  }
  return out;
}

std::size_t vectors_of(std::string_view header) { return parse(header).vectors; }

TensorRef decode(std::string_view header_bytes, std::string_view elements,
                   std::span<const std::string_view> vectors) {
  Header header = parse(header_bytes);
  if (vectors.size() != header.vectors) throw malformed();
  if (header.has_optimizer && header.dtype != DType::float32) throw malformed();
  for (const std::string_view vector : vectors) {
    // As many float32 as the elements, or as many doubles.
    if (vector.size() != elements.size() && vector.size() != 2 * elements.size()) throw malformed();
  }
  Content content{Buffer::copy_of(bytes_of(elements)), {}};
  for (const std::string_view vector : vectors) content.vectors.push_back(Buffer::copy_of(bytes_of(vector)));
  std::optional<OptimizerRecord> record;
  if (header.has_optimizer) record = OptimizerRecord{header.optimizer, header.steps};
  TensorRef tensor =
      TensorRef::adopt(new Tensor(header.dtype, std::move(header.shape), std::move(content), std::move(record)));
  tensor->validate();
  return tensor;
}

}  // namespace windtunnel::tensordb
