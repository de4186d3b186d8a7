#include "tests/tensordb/random/database.h"

#include "tests/tensordb/random/cursor.h"

namespace windtunnel::tensordb::random {

const Value* Database::find(const std::string& key) const {
  const auto found = entries.find(key);
  return found == entries.end() ? nullptr : found->second.value.get();
}

const Value& Database::at(const std::string& key, Value::Kind kind) const {
  const Value* value = find(key);
  demand(value != nullptr && value->kind == kind);
  return *value;
}

std::vector<const Value*> Database::tensors(const std::vector<std::string>& keys) const {
  std::vector<const Value*> found;
  for (const std::string& key : keys) found.push_back(&at(key, Value::Kind::tensor));
  return found;
}

void Database::demand_empty_or(const std::string& key, Value::Kind kind) const {
  const Value* value = find(key);
  demand(value == nullptr || value->kind == kind);
}

void Database::store(const std::string& key, Value value) {
  entries[key] = {std::make_shared<const Value>(std::move(value)), false};
}

void Database::change(const std::string& key, Value value) {
  entries[key].value = std::make_shared<const Value>(std::move(value));
}

}  // namespace windtunnel::tensordb::random
