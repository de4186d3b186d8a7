// A tensor as the database stores it: element type, shape, elements, and the state that an optimizer keeps beside
// parameters. Immutable, so that two holders of the same pointer hold the same value for ever; its elements may be a
// promise still.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensordb/buffer.h"
#include "tensordb/promise.h"

namespace windtunnel::tensordb {

/// The numbers are part of the file format: never change them.
enum class DType : std::uint8_t {
  float32 = 1,
  float64 = 2,
  int8 = 3,
  int16 = 4,
  int32 = 5,
  int64 = 6,
  uint8 = 7,
  uint16 = 8,
  boolean = 9,
  string = 10,  ///< elements one after another, each ended by a zero byte
};

std::optional<DType> dtype_named(std::string_view name);  ///< any case: FLOAT, double, …
std::optional<DType> dtype_numbered(std::uint8_t number);
const char* name(DType type);          ///< as replies say it: "FLOAT"
std::size_t element_size(DType type);  ///< bytes; 1 for string

using Shape = std::vector<std::int64_t>;

/// Greatest rank of a tensor.
constexpr std::size_t max_rank = 64;

/// Product of the dimensions (1 for rank 0), or nothing when it does not fit or a dimension is negative.
std::optional<std::int64_t> element_count(const Shape& shape);

/// Which optimizer moved the parameters, and how far.
struct OptimizerRecord {
  std::string name;        ///< in the family; "accumulate" for a running mean
  std::int64_t steps = 0;  ///< steps taken; values accumulated
};

/// What is large in a tensor.
struct Content {
  Ref<Buffer> elements;
  std::vector<Ref<Buffer>> vectors;  ///< the optimizer's memory, each as many float32 as the parameters: first, second;
                                     ///< a running mean's sum in double
};

class Tensor final : public Counted<Tensor> {
 public:
  /// `promise`: what keeps the content. Precondition: vectors only with an optimizer, whose tensors are float32.
  Tensor(DType dtype, Shape shape, Content content, std::optional<OptimizerRecord> optimizer = {},
         std::shared_ptr<Promise> promise = {});

  const DType dtype;
  const Shape shape;
  const std::optional<OptimizerRecord> optimizer;

  /// Keeps the promise first, which may take as long as the operation that made it.
  const Content& content() const {
    if (promise_) promise_->keep();
    return content_;
  }
  /// The elements, and those of a float32 tensor (checked).
  std::span<const std::byte> bytes() const { return content().elements->bytes(); }
  std::span<const float> floats() const;
  /// Bytes of each of the optimizer's vectors, which a promise does not change.
  std::vector<std::size_t> vector_sizes() const;
  /// The promise when it is still to be kept.
  std::shared_ptr<Promise> pending() const { return promise_ && !promise_->kept() ? promise_ : nullptr; }
  /// Whether the content is there, and nobody has a way to it but the holders of this tensor, `holders` of them. Under
  /// the server's lock, with the key space and the caller as the holders, it stays so.
  bool belongs_to(std::uint32_t holders) const;

  std::int64_t count() const;     ///< number of elements
  std::size_t footprint() const;  ///< bytes of memory, the optimizer's included

  /// Checks that content and shape agree: numbers by length, booleans by value too, strings by the number of
  /// terminators. Throws CommandError with RedisAI's words.
  void validate() const;

  /// A float32 tensor of the given shape with elements still to be written, before anybody else sees it.
  static Ref<const Tensor> floats(Shape shape);

 private:
  const Content content_;
  const std::shared_ptr<Promise> promise_;
};

using TensorRef = Ref<const Tensor>;

}  // namespace windtunnel::tensordb
