// What Redis calls when it loads the module: binds the API, reads the arguments, registers types and commands.
#include <exception>
#include <string>
#include <vector>

#include "tensordb/block_pool.h"
#include "tensordb/command.h"
#include "tensordb/info.h"
#include "tensordb/keyspace.h"
#include "tensordb/module_settings.h"
#include "tensordb/runner.h"
#include "tensordb/scheduling.h"
#include "tensordb/version.h"

namespace windtunnel::tensordb {
namespace {

/// The pool is given back before Redis evicts anything for want of memory: Redis looks when it has been told of another
/// maxmemory, and before each command.
void watch_memory(redis::Context* context) {
  const auto look = [](redis::Context*, redis::ServerEvent, std::uint64_t, void*) { pool::look_at_memory(); };
  redis::api().subscribe_to_server_event(context, redis::cron_loop, look);
  redis::api().subscribe_to_server_event(context, redis::config_change, look);
  redis::api().register_command_filter(
      context,
      [](redis::CommandFilterContext*) {
        if (!pool::is_empty()) pool::look_at_memory();
      },
      0);
}

/// What jobs under way must learn of: their keys are gone, or elsewhere.
void watch_keys(redis::Context* context) {
  const redis::Api& api = redis::api();
  api.subscribe_to_server_event(
      context, redis::flush, [](redis::Context*, redis::ServerEvent, std::uint64_t subevent, void* data) {
        if (subevent == redis::flush_start) runner().flushed(static_cast<const redis::Flush*>(data)->database);
      });
  api.subscribe_to_server_event(context, redis::swap, [](redis::Context*, redis::ServerEvent, std::uint64_t, void* data) {
    const auto& swap = *static_cast<const redis::Swap*>(data);
    runner().swapped(swap.first, swap.second);
  });
  api.subscribe_to_server_event(context, redis::loading,
                                [](redis::Context*, redis::ServerEvent, std::uint64_t subevent, void*) {
                                  if (subevent <= redis::last_loading_start) runner().reloaded();
                                });
}

bool load(redis::Context* context, redis::String** argv, int argc) {
  const redis::Api& api = redis::api();
  api.set_module_attribs(context, module_name, version_number, 1);
  // Module arguments come without the command's name in front.
  std::vector<redis::String*> line(1, nullptr);
  line.insert(line.end(), argv, argv + argc);
  const std::vector<std::string> notes = load_settings(Arguments(line.data(), argc + 1));
  for (const std::string& note : notes) api.log(context, "notice", "tensordb: %s", note.c_str());
  api.set_module_options(context, redis::log_errors_ourselves);
  if (!register_types(context) || !register_commands(context)) {
    throw CommandError("a command or type name is taken (is RedisAI loaded too?)");
  }
  pool::set_limit(static_cast<std::size_t>(settings().pool_bytes));
  start_runner(context, {.threads = static_cast<int>(settings().threads),
                         .time_limit = std::chrono::milliseconds(settings().script_time_limit_ms)});
  watch_memory(context);
  watch_keys(context);
  api.register_info_func(context, add_info);
  wake_up_promptly();  // the main thread, and none of the workers, who exist already
  api.log(context, "notice", "tensordb %s ready: %d threads", version_text, runner().settings().threads);
  return true;
}

}  // namespace

}  // namespace windtunnel::tensordb

extern "C" __attribute__((visibility("default"))) int RedisModule_OnLoad(windtunnel::tensordb::redis::Context* context,
                                                                         windtunnel::tensordb::redis::String** argv,
                                                                         int argc) {
  using namespace windtunnel::tensordb;
  if (!redis::bind(context)) return 1;
  try {
    return load(context, argv, argc) ? 0 : 1;
  } catch (const std::exception& e) {
    redis::api().log(context, "warning", "tensordb: %s", e.what());
    return 1;
  }
}
