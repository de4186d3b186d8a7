// Settings given as `PARAMS name value …` on a command line, put into a struct that describes itself (base/fields.h).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/fields.h"
#include "tensordb/arguments.h"

namespace windtunnel::tensordb {

using NamedSettings = std::vector<std::pair<std::string, std::string>>;

/// Takes `PARAMS name value name value …` up to the word `end` (any case), which is left to be taken; nothing when the
/// next word is not PARAMS. Throws CommandError when a value or `end` is missing.
NamedSettings take_settings(Arguments& arguments, std::string_view end);

/// Sets the members named in `given`; the others keep their values. Throws CommandError for an unknown name (with the
/// known ones), a value of the wrong form or outside its limits.
template <class T>
void apply_settings(T& object, const NamedSettings& given);

/// The Fields side of apply_settings.
class SettingsReader final : public Fields {
 public:
  explicit SettingsReader(const NamedSettings& given) : given_(given), used_(given.size(), false) {}
  void field(Field field) override;
  void finish() const;

 private:
  const NamedSettings& given_;
  std::vector<bool> used_;
  std::vector<std::string_view> known_;
};

template <class T>
void apply_settings(T& object, const NamedSettings& given) {
  SettingsReader reader(given);
  object.describe(reader);
  reader.finish();
}

}  // namespace windtunnel::tensordb
