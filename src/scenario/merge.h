// Laying settings over settings, as the description of the object tells: maps merge deeply, naming another choice replaces
// it with all its settings, naming the same one keeps them, scalars and lists replace.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "scenario/load.h"
#include "scenario/tree.h"

namespace windtunnel::scenario {

/// `over` laid over `under`. Faulty parts are carried over as they are: loading the result reports them.
Tree merge(const Tree& under, const Tree& over, const Shape& shape);

/// Outcome of `assign`.
struct Assigned {};
struct NoSuchPath {};
struct NotChosen {  ///< a choice on the way has another member
  std::string choice;
  std::string selected;
};
struct NoSuchElement {  ///< a list on the way is shorter
  std::string list;
  std::size_t size;
};
using Assignment = std::variant<Assigned, NoSuchPath, NotChosen, NoSuchElement>;

/// Lays `value` over what `tree` holds at `path`; `key` is the mark of whoever sets it. The tree changes only when the
/// outcome is Assigned. A choice that the tree does not mention has its default.
Assignment assign(Tree& tree, std::string_view path, const Mark& key, const Tree& value, const Shape& shape);

}  // namespace windtunnel::scenario
