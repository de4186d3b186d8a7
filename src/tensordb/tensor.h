// A tensor as the database stores it: element type, shape, elements, and the state that an optimizer keeps beside
// parameters. Immutable once it is stored, so that two holders of the same pointer hold the same value for ever.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensordb/buffer.h"

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

/// What an optimizer keeps beside the parameters it moves.
struct OptimizerMemory {
  std::string optimizer;   ///< its name in the family; "accumulate" for a running mean
  std::int64_t steps = 0;  ///< steps taken; values accumulated
  std::vector<Ref<Buffer>>
      vectors;  ///< each as many float32 as the parameters: first, second; a running mean's sum in double
};

class Tensor final : public Counted<Tensor> {
 public:
  DType dtype = DType::float32;
  Shape shape;
  Ref<Buffer> data;
  std::optional<OptimizerMemory> optimizer;

  /// Checks that data and shape agree: numbers by length, booleans by value too, strings by the number of terminators.
  /// Throws CommandError with RedisAI's words.
  void validate() const;

  std::int64_t count() const;             ///< number of elements
  std::span<const float> floats() const;  ///< precondition: float32
  std::size_t footprint() const;          ///< bytes of memory, the optimizer's included

  /// A float32 tensor of the given shape with elements still to be written.
  static Ref<Tensor> floats(Shape shape);
};

using TensorRef = Ref<const Tensor>;

}  // namespace windtunnel::tensordb
