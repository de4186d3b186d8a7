// What Redis calls when it loads the module: binds the API, reads the arguments, registers types and commands.
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>

#include "tensordb/block_pool.h"
#include "tensordb/command.h"
#include "tensordb/keyspace.h"
#include "tensordb/runner.h"
#include "tensordb/version.h"

namespace windtunnel::tensordb {
namespace {

ModuleSettings the_settings;

struct Number {
  const char* name;
  std::int64_t min, max;
};

std::int64_t number(Arguments& arguments, const Number& wanted) {
  const std::optional<std::int64_t> value = arguments.done() ? std::nullopt : parse_integer(arguments.take());
  if (!value || *value < wanted.min || *value > wanted.max) {
    throw CommandError(std::string(wanted.name) + " wants a whole number from " + std::to_string(wanted.min) + " to " +
                       std::to_string(wanted.max));
  }
  return *value;
}

ModuleSettings read_settings(Arguments arguments) {
  ModuleSettings read;
  while (!arguments.done()) {
    if (arguments.take_if("THREADS")) {
      read.threads = static_cast<int>(number(arguments, {"THREADS", 0, 256}));
    } else if (arguments.take_if("INTRA_OP")) {
      read.intra_op_threads = static_cast<int>(number(arguments, {"INTRA_OP", 1, 256}));
    } else if (arguments.take_if("MAX_TENSOR_MB")) {
      read.max_tensor_bytes = number(arguments, {"MAX_TENSOR_MB", 1, 1 << 20}) << 20;
    } else if (arguments.take_if("MAX_SCRIPT_MB")) {
      read.max_script_bytes = number(arguments, {"MAX_SCRIPT_MB", 1, 1 << 20}) << 20;
    } else if (arguments.take_if("POOL_MB")) {
      read.pool_bytes = number(arguments, {"POOL_MB", 0, 1 << 20}) << 20;
    } else if (arguments.take_if("SCRIPT_TIME_LIMIT_MS")) {
      read.script_time_limit_ms = number(arguments, {"SCRIPT_TIME_LIMIT_MS", 1, 86'400'000});
    } else if (arguments.take_if("NATIVE")) {
      const bool yes = arguments.take_if("yes");
      if (!yes && !arguments.take_if("no")) throw CommandError("NATIVE wants yes or no");
      read.native = yes;
    } else {
      throw CommandError(
          "unknown argument " + shown(arguments.peek()) +
          "; known: THREADS, INTRA_OP, MAX_TENSOR_MB, MAX_SCRIPT_MB, POOL_MB, SCRIPT_TIME_LIMIT_MS, NATIVE");
    }
  }
  if (read.threads == 0) read.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const std::int64_t half_of_memory = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE) / 2;
  if (read.max_tensor_bytes == 0) read.max_tensor_bytes = std::min(half_of_memory, std::int64_t{8} << 30);
  if (read.max_script_bytes == 0) read.max_script_bytes = half_of_memory;
  return read;
}

bool load(redis::Context* context, redis::String** argv, int argc) {
  const redis::Api& api = redis::api();
  api.set_module_attribs(context, module_name, version_number, 1);
  // Module arguments come without the command's name in front.
  std::vector<redis::String*> line(1, nullptr);
  line.insert(line.end(), argv, argv + argc);
  the_settings = read_settings(Arguments(line.data(), argc + 1));
  api.set_module_options(context, redis::log_errors_ourselves);
  if (!register_types(context) || !register_commands(context)) {
    throw CommandError("a command or type name is taken (is RedisAI loaded too?)");
  }
  pool::set_limit(static_cast<std::size_t>(the_settings.pool_bytes));
  start_runner(context, {.threads = the_settings.threads,
                         .time_limit = std::chrono::milliseconds(the_settings.script_time_limit_ms)});
  api.log(context, "notice", "tensordb %s ready: %d threads", version_text, the_settings.threads);
  return true;
}

}  // namespace

const ModuleSettings& settings() { return the_settings; }

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
