// A database as simple as can be: a map of values and the commands on it, one after another, with a parser of its own.
// What the live server must hold and answer. Errors are errors here, whatever their words.
#pragma once

#include <string>
#include <vector>

#include "tests/tensordb/random/cursor.h"
#include "tests/tensordb/random/database.h"

namespace windtunnel::tensordb::random {

/// What a command must answer, and what is stored when it does.
struct Outcome {
  /// In the notation of text_of (live_server.h). "-": any error. "[": any array. ":": any integer above zero. "": any
  /// status or error.
  std::string reply;
  std::vector<std::string> or_late;  ///< replies that are right too when time ran out, and then nothing is stored
  Database stored;                   ///< all that there is afterwards
};

class Reference {
 public:
  /// The outcome of one line by itself, or inside MULTI or Lua. Nothing is changed yet.
  Outcome outcome(const Line& line, bool in_transaction = false) const;
  void take(const Outcome& outcome) { database_ = outcome.stored; }

  const Database& database() const { return database_; }

 private:
  Database database_;
};

/// The limits that the server under test is started with.
constexpr std::int64_t max_tensor_bytes = 1 << 20;
constexpr const char* module_arguments = "THREADS 3 MAX_TENSOR_MB 1 SCRIPT_TIME_LIMIT_MS 200";

}  // namespace windtunnel::tensordb::random
