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

}  // namespace windtunnel::tensordb::random
