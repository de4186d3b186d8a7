// Dotted paths: which there are, what stands at one, and which one was probably meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "scenario/load.h"
#include "scenario/words.h"

namespace windtunnel::scenario {

/// `a.b` from `a` and `b`; `b` alone when the path is empty.
std::string below(std::string_view path, std::string_view name);

/// The components; an empty path has one, which is empty.
std::vector<std::string_view> split(std::string_view path);

/// `path` is `ancestor` itself or below it.
bool is_at_or_below(std::string_view path, std::string_view ancestor);

/// The number that a component of digits stands for; nothing for other words and for numbers beyond any list.
std::optional<std::size_t> index_of(std::string_view component);

/// The named field, or null.
Field* field_named(std::vector<Field>& fields, std::string_view name);

/// Whether the choice has a member of this name.
bool has_member(const Choosable& choice, std::string_view name);

/// Every path of the settings, in the order described: sections, choices with the settings of every member, leaves.
/// Elements of lists are left out, and so are the members of a choice within a member of its own family, of which there
/// is no end.
std::vector<std::string> all_paths(const Shape& shape);

/// What stands at a path: a field, or the settings of a choice's member (`plan.together`), which are no field themselves.
/// `owner` holds the object that the field points into; choices on the way have selected what the path names.
struct Found {
  std::unique_ptr<Section> owner;
  std::optional<Field> field;
};

/// Nothing when there is no such path. Elements of lists exist at any index.
std::optional<Found> find(std::string_view path, const Shape& shape);

/// What to say about a path that does not exist: names near ones, first those that end in the same word.
Unknown unknown_path(std::string_view path, const Shape& shape);

}  // namespace windtunnel::scenario
