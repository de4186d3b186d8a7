// A database as simple as can be: a map of values and the commands on it, one after another, with a parser of its own.
// What the live server must hold and answer. Errors are errors here, whatever their words.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregation/optimizer.h"

namespace windtunnel::tensordb::random {

using Line = std::vector<std::string>;

struct Value {
  enum class Kind { text, tensor, script };
  Kind kind = Kind::text;
  std::string bytes;                      ///< of a text, the elements of a tensor, the source of a script
  std::string dtype;                      ///< FLOAT, …
  std::vector<std::int64_t> shape;        ///<
  std::string optimizer;                  ///< sgd, adam, accumulate, or empty
  aggregation::OptimizerState memory;     ///< of sgd and adam
  std::vector<double> sum;                ///< of accumulate, with memory.steps values in it
  std::string device, tag;                ///< of a script
  std::vector<std::string> entry_points;  ///<
};

struct Entry {
  std::shared_ptr<const Value> value;
  bool expires = false;
};
using Entries = std::map<std::string, Entry>;

/// What a command must answer, and what is stored when it does.
struct Outcome {
  /// In the notation of text_of (live_server.h). "-": any error. "[": any array. "": any status or error.
  std::string reply;
  std::vector<std::string> or_late;  ///< replies that are right too when time ran out, and then nothing is stored
  Entries stored;                    ///< all that there is afterwards
};

class Reference {
 public:
  /// The outcome of one line by itself, or inside MULTI or Lua. Nothing is changed yet.
  Outcome outcome(const Line& line, bool in_transaction = false) const;
  void take(const Outcome& outcome) { entries_ = outcome.stored; }

  const Entries& entries() const { return entries_; }

 private:
  Entries entries_;
};

/// The limits that the server under test is started with.
constexpr std::int64_t max_tensor_bytes = 1 << 20;
constexpr const char* module_arguments = "THREADS 3 MAX_TENSOR_MB 1 SCRIPT_TIME_LIMIT_MS 200";

/// The elements of a tensor as TENSORGET … VALUES shows them, in the notation of text_of.
std::string shown_values(const Value& tensor);

}  // namespace windtunnel::tensordb::random
