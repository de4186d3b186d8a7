#include <array>
#include <string>

#include "tensordb/command.h"
#include "tensordb/module_settings.h"

namespace windtunnel::tensordb {
namespace {

using redis::api;

/// What Redis calls: one function per command.
template <const Command& command>
int entry(redis::Context* context, redis::String** argv, int argc) {
  Arguments arguments(argv, argc);
  if (api().is_keys_position_request(context) != 0) {
    try {
      command.parse(arguments);
    } catch (const std::exception&) {
      // A malformed line is refused when it runs, before it touches any key; what was read so far is still reported.
    }
    for (const KeyArgument& key : arguments.keys()) api().key_at_pos_with_flags(context, key.position, key.use);
    return redis::ok;
  }
  const std::string error = error_of([&] { command.run(context, argv, arguments); });
  if (!error.empty()) api().reply_error(context, error.c_str());
  return redis::ok;
}

struct Entry {
  const Command* command;
  redis::CommandFunction function;
  bool native;
  bool has_keys = true;
};

template <const Command& command>
constexpr Entry listed(bool native = false, bool has_keys = true) {
  return {&command, entry<command>, native, has_keys};
}

constexpr std::array all{
    listed<tensor_set>(),
    listed<tensor_get>(),
    listed<tensor_restore>(),
    listed<script_store>(),
    listed<script_get>(),
    listed<script_del>(),
    listed<script_execute>(),
    listed<script_info>(),
    listed<model_store>(),
    listed<model_get>(),
    listed<model_del>(),
    listed<model_execute>(),
    listed<dag_execute>(),
    listed<dag_execute_ro>(),
    listed<script_set>(),
    listed<script_run>(),
    listed<model_set>(),
    listed<model_run>(),
    listed<dag_run>(),
    listed<dag_run_ro>(),
    listed<config>(false, false),
    listed<script_scan>(false, false),
    listed<model_scan>(false, false),
    listed<tensor_aggregate>(true),
    listed<tensor_update>(true),
    listed<tensor_accumulate>(true),
    listed<tensor_aggupdate>(true),
    listed<model_update>(true),
    listed<tensor_info>(true, false),
};

}  // namespace

bool register_commands(redis::Context* context) {
  for (const Entry& each : all) {
    if (each.native && !settings().native) continue;
    const std::string flags = std::string(each.command->flags) + (each.has_keys ? " getkeys-api" : "");
    if (api().create_command(context, each.command->name, each.function, flags.c_str(), 0, 0, 0) != redis::ok)
      return false;
  }
  return true;
}

}  // namespace windtunnel::tensordb
