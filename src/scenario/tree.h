// A YAML document as a tree that remembers where each part stands, what was quoted, and which layer of the scenario it
// belongs to. This is the only place that knows yaml-cpp.
//
// The tree holds what settings need and nothing else: refused with a fault are duplicate keys (yaml-cpp keeps the first
// without a word), keys that are not plain words, tags, merge keys, more than one document, nesting deeper than 64 and
// more than 100,000 values after aliases are expanded. Anchors and aliases work; an alias is a copy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/faults.h"

namespace windtunnel::scenario {

/// Where a setting comes from; later layers override earlier ones.
enum class Layer : std::uint8_t { base, variant, axis, command_line };

struct Entry;

struct Tree {
  enum class Kind : std::uint8_t { null, scalar, list, map };

  Kind kind = Kind::null;
  bool quoted = false;  ///< scalar: written in quotes or as a block, so it is text whatever it looks like
  Layer layer = Layer::base;
  Mark mark;
  std::string text;            ///< scalar
  std::vector<Tree> items;     ///< list
  std::vector<Entry> entries;  ///< map, in the order written; keys differ

  /// The entry of that key, or null.
  const Entry* find(std::string_view key) const;
  Entry* find(std::string_view key);
  /// Sets the layer of this node and everything below.
  void set_layer(Layer to);
};

struct Entry {
  std::string key;
  Mark mark;  ///< of the key
  Tree value;
};

/// The tree of `source`; nothing (and a fault) when it is malformed beyond reading on. Faults that do not hinder reading
/// (a duplicate key) are added and the tree is returned all the same. An empty document is a null tree.
std::optional<Tree> parse(std::shared_ptr<const Source> source, Faults& faults);

/// Nodes of a tree, itself included.
std::size_t size(const Tree& tree);

/// "a list", "a map", "nothing", "a value": for messages.
std::string_view describe(Tree::Kind kind);

/// One line of flow YAML that reads back as the same tree: `{krum: {f: 1}}`.
std::string to_text(const Tree& tree);

}  // namespace windtunnel::scenario
