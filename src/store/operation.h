// A rule or an optimizer as a server is told it: its name and its settings as text. Built from a Choice, so that what
// runs inside the database is what runs in process when the store is modelled.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fields.h"

namespace windtunnel::store {

/// Keys of what a rule may use besides the rows (aggregation/updates.h); empty where it is not at hand.
struct AtHand {
  std::string own{}, previous{}, reference{};
};

struct Operation {
  std::string name;                                         ///< e.g. "krum", "adam"
  std::vector<std::pair<std::string, std::string>> params;  ///< in order of description; numbers round-trip exactly;
                                                            ///< those of a chosen member by path: `rule.f`

  /// The chosen member with all its settings. Settings are numbers, words, booleans and choices (checked).
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
