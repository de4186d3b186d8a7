// Settings given as `PARAMS name value …` on a command line, put into a struct that describes itself (base/fields.h).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fields.h"
#include "tensordb/arguments.h"

namespace windtunnel::tensordb {

using NamedSettings = std::vector<std::pair<std::string, std::string>>;

/// Takes `PARAMS name value name value …` up to one of the words `ends` (any case), which is left to be taken; nothing when
/// the next word is not PARAMS. Throws CommandError when a value or the last of the ends is missing.
NamedSettings take_settings(Arguments& arguments, std::span<const std::string_view> ends);
NamedSettings take_settings(Arguments& arguments, std::string_view end);

/// Sets the members named in `given`; the others keep their values. Throws CommandError for an unknown name (with the
/// known ones), a value of the wrong form or outside its limits.
template <class T>
void apply_settings(T& object, const NamedSettings& given);

/// The Fields side of apply_settings. A choice is set by its member's name, and the settings of that by `choice.setting`:
/// `rule krum rule.f 1`.
class SettingsReader final : public Fields {
 public:
  explicit SettingsReader(const NamedSettings& given) : given_(given), used_(given.size(), false) {}
  void field(Field field) override;
  void finish() const;

 private:
  void choose(Choosable& choice, const std::string& name, const std::string& value);

  std::string prefix_;
  const NamedSettings& given_;
  std::vector<bool> used_;
  std::vector<std::string> known_;
};

template <class T>
void apply_settings(T& object, const NamedSettings& given) {
  SettingsReader reader(given);
  object.describe(reader);
  reader.finish();
}

}  // namespace windtunnel::tensordb
