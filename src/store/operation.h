// A rule or an optimizer as a server is told it: its name and its settings as text. Built from a Choice, so that what
// runs inside the database is what runs in process when the store is modelled.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fields.h"

namespace windtunnel::store {

struct Operation {
  std::string name;                                         ///< e.g. "krum", "adam"
  std::vector<std::pair<std::string, std::string>> params;  ///< in order of description; numbers round-trip exactly

  /// The chosen member with all its settings. Settings are numbers, words and booleans (checked).
  template <class T>
  static Operation of(Choice<T> choice) {
    return of_choosable(choice);
  }

  /// The setting's text, or `fallback` when it is absent.
  std::string_view param(std::string_view key, std::string_view fallback = {}) const;

 private:
  static Operation of_choosable(Choosable& choice);
};

}  // namespace windtunnel::store
