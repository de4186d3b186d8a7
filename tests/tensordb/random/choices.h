// What random command lines are made of. All draws are rapidcheck's, so that failing sequences can be made smaller.
#pragma once

#include <rapidcheck.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "tests/tensordb/random/cursor.h"

namespace windtunnel::tensordb::random {

template <class T>
T pick(std::initializer_list<T> choices) {
  return *rc::gen::elementOf(std::vector<T>(choices));
}
inline std::string pick(std::initializer_list<const char*> choices) {
  return *rc::gen::elementOf(std::vector<std::string>(choices.begin(), choices.end()));
}
inline int below(int n) { return *rc::gen::inRange(0, n); }
/// True once in `n` times; shrinks to false.
inline bool one_in(int n) { return below(n) == n - 1; }

// Few keys, so that commands meet; as a rule of the right kind.

inline std::string key() { return pick({"a", "b", "c", "d", "e", "s"}); }
inline std::string script() { return one_in(8) ? key() : pick({"s", "t", "t"}); }
inline std::string model() { return one_in(8) ? key() : pick({"m", "n"}); }

/// Draws the name of a tensor: a key, or local to a DAG.
using Name = std::function<std::string()>;
inline std::vector<std::string> names(const Name& name, int least, int most) {
  std::vector<std::string> all;
  for (int i = 0, n = *rc::gen::inRange(least, most + 1); i < n; ++i) all.push_back(name());
  return all;
}
inline std::vector<std::string> keys(int least, int most) { return names(key, least, most); }

inline void add(Line& line, const std::vector<std::string>& words) {
  line.insert(line.end(), words.begin(), words.end());
}
inline void add_counted(Line& line, const char* word, const std::vector<std::string>& words) {
  add(line, {word, std::to_string(words.size())});
  add(line, words);
}

}  // namespace windtunnel::tensordb::random
