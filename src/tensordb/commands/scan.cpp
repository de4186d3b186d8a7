// AI._SCRIPTSCAN and AI._MODELSCAN: key and tag of every script or model of the database that the caller may read. Goes
// through all keys at once, as KEYS does; for large databases there is SCAN with TYPE.
#include <algorithm>
#include <string>
#include <vector>

#include "tensordb/command.h"
#include "tensordb/keyspace.h"
#include "tensordb/types.h"

namespace windtunnel::tensordb {
namespace {

/// Whose command runs, and what that user may read.
class Caller {
 public:
  explicit Caller(redis::Context* context) : context_(context), name_(redis::api().current_user_name(context)) {
    if (name_ != nullptr) user_ = redis::api().user_named(name_);
  }
  ~Caller() {
    if (user_ != nullptr) redis::api().free_user(user_);
    if (name_ != nullptr) redis::api().free_string(context_, name_);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  /// A user deleted meanwhile may read nothing.
  bool may_read(redis::String* key) const {
    return user_ != nullptr && redis::api().check_key_permissions(user_, key, redis::use::access) == redis::ok;
  }

 private:
  redis::Context* context_;
  redis::String* name_;
  redis::User* user_ = nullptr;
};

struct Search {
  redis::DataType* type;
  std::vector<std::string> names;
};

std::vector<std::string> keys_of(redis::Context* context, redis::DataType* type) {
  Search search{type, {}};
  const auto look = [](redis::Context*, redis::String* name, redis::Key* key, void* data) {
    auto& found = *static_cast<Search*>(data);
    const redis::Api& api = redis::api();
    if (key == nullptr || api.key_type(key) != redis::type_module || api.value_type(key) != found.type) return;
    found.names.emplace_back(redis::view(name));
  };
  redis::ScanCursor* cursor = redis::api().scan_cursor();
  while (redis::api().scan(context, cursor, look, &search) != 0) {
  }
  redis::api().free_scan_cursor(cursor);
  return std::move(search.names);
}

void reply(redis::Context* context, redis::DataType* type) {
  struct Entry {
    std::string key, tag;
  };
  const Caller caller(context);
  std::vector<Entry> entries;
  for (std::string& name : keys_of(context, type)) {
    const OpenKey key(context, name, redis::read_key);  // again: the scan also meets keys whose time is over
    if (!key.holds(type) || !caller.may_read(key.name())) continue;
    const StoredProgram& program = type == script_type()
                                       ? static_cast<const StoredProgram&>(*static_cast<const Script*>(key.value()))
                                       : *static_cast<const Model*>(key.value());
    entries.push_back({std::move(name), program.tag});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.key < b.key; });
  const redis::Api& api = redis::api();
  api.reply_array(context, static_cast<long>(entries.size()));
  for (const Entry& entry : entries) {
    api.reply_array(context, 2);
    api.reply_buffer(context, entry.key.data(), entry.key.size());
    api.reply_buffer(context, entry.tag.data(), entry.tag.size());
  }
}

}  // namespace

const Command script_scan{.name = "AI._SCRIPTSCAN",
                          .flags = "readonly",
                          .parse = [](Arguments&) {},
                          .run =
                              [](redis::Context* context, redis::String**, Arguments& arguments) {
                                if (arguments.count() != 1) throw wrong_arity("ai._scriptscan");
                                reply(context, script_type());
                              }};

const Command model_scan{.name = "AI._MODELSCAN",
                         .flags = "readonly",
                         .parse = [](Arguments&) {},
                         .run =
                             [](redis::Context* context, redis::String**, Arguments& arguments) {
                               if (arguments.count() != 1) throw wrong_arity("ai._modelscan");
                               reply(context, model_type());
                             }};

}  // namespace windtunnel::tensordb
