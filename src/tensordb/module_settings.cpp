#include "tensordb/module_settings.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

namespace windtunnel::tensordb {
namespace {

// One per loaded module: commands have no other way to them.
ModuleSettings the_settings;

struct Number {
  const char* name;
  std::int64_t ModuleSettings::*member;
  std::int64_t min, max;
  int shift = 0;  // 20: given in MiB
};

/// Pieces smaller than this would cost more than they carry.
constexpr std::int64_t min_chunk = 256, max_chunk = std::int64_t{1} << 40;

constexpr std::array numbers{
    Number{"THREADS", &ModuleSettings::threads, 0, 256},
    Number{"INTRA_OP", &ModuleSettings::intra_op_threads, 1, 256},
    Number{"MAX_TENSOR_MB", &ModuleSettings::max_tensor_bytes, 1, 1 << 20, 20},
    Number{"MAX_SCRIPT_MB", &ModuleSettings::max_script_bytes, 1, 1 << 20, 20},
    Number{"POOL_MB", &ModuleSettings::pool_bytes, 0, 1 << 20, 20},
    Number{"SCRIPT_TIME_LIMIT_MS", &ModuleSettings::script_time_limit_ms, 1, 86'400'000},
    Number{"MODEL_CHUNK_SIZE", &ModuleSettings::model_chunk_bytes, min_chunk, max_chunk},
};

constexpr const char* native_name = "NATIVE";

const Number* number_named(std::string_view name) {
  const auto found = std::find_if(numbers.begin(), numbers.end(),
                                  [&](const Number& each) { return equal_ignoring_case(each.name, name); });
  return found != numbers.end() ? &*found : nullptr;
}

std::int64_t take_number(Arguments& arguments, const Number& wanted) {
  const std::optional<std::int64_t> value = arguments.done() ? std::nullopt : parse_integer(arguments.take());
  if (!value || *value < wanted.min || *value > wanted.max) {
    throw CommandError(std::string(wanted.name) + " wants a whole number from " + std::to_string(wanted.min) + " to " +
                       std::to_string(wanted.max));
  }
  return *value << wanted.shift;
}

/// A load-time argument of RedisAI: one of ours by another name, or one that has nothing to act on here.
struct Foreign {
  const char* name;
  const char* ours;        // null: without effect
  const char* why = "";    // it has none
  bool zero_is_default = false;
};

constexpr std::array foreigners{
    Foreign{"THREADS_PER_QUEUE", "THREADS"},
    Foreign{"INTRA_OP_PARALLELISM", "INTRA_OP", "", true},
    Foreign{"MODEL_EXECUTION_TIMEOUT", "SCRIPT_TIME_LIMIT_MS"},
    Foreign{"INTER_OP_PARALLELISM", nullptr, "the operators of a program run one after another"},
    Foreign{"BACKEND_MEMORY_LIMIT", nullptr, "it is ONNX's, which this module does not have; see MAX_SCRIPT_MB"},
    Foreign{"ONNX_TIMEOUT", nullptr, "this module does not have ONNX"},
    Foreign{"BACKENDSPATH", nullptr, "the backend lies beside the module"},
    Foreign{"TORCH", nullptr, "the backend lies beside the module"},
    Foreign{"TF", nullptr, "this module has TORCH only"},
    Foreign{"TFLITE", nullptr, "this module has TORCH only"},
    Foreign{"ONNX", nullptr, "this module has TORCH only"},
};

const Foreign* foreign_named(std::string_view name) {
  const auto found = std::find_if(foreigners.begin(), foreigners.end(),
                                  [&](const Foreign& each) { return equal_ignoring_case(each.name, name); });
  return found != foreigners.end() ? &*found : nullptr;
}

/// Takes the argument's value; what is to be said of it.
std::string take_foreign(Arguments& arguments, const Foreign& foreign, ModuleSettings& read) {
  if (arguments.done()) throw CommandError(std::string(foreign.name) + " wants a value");
  if (foreign.ours == nullptr) {
    arguments.take();
    return std::string("without effect, ") + foreign.why;
  }
  if (foreign.zero_is_default && arguments.take_if("0")) return std::string(foreign.ours) + " keeps its default";
  const Number& number = *number_named(foreign.ours);
  read.*number.member = take_number(arguments, number);
  return std::string("taken as ") + foreign.ours;
}

CommandError unknown(std::string_view name) {
  std::string known = native_name;
  for (const Number& each : numbers) known += std::string(", ") + each.name;
  for (const Foreign& each : foreigners) known += std::string(", ") + each.name;
  return CommandError("unknown argument " + shown(name) + "; known: " + known);
}

}  // namespace

const ModuleSettings& settings() { return the_settings; }

std::int64_t max_script_bytes() {
  return std::atomic_ref(the_settings.max_script_bytes).load(std::memory_order_relaxed);
}

void set_max_script_mb(std::optional<std::int64_t> mebibytes) {
  const Number& number = *number_named("MAX_SCRIPT_MB");
  if (!mebibytes || *mebibytes < number.min || *mebibytes > number.max) {
    throw CommandError("ERR MAX_SCRIPT_MB: a whole number from " + std::to_string(number.min) + " to " +
                       std::to_string(number.max) + " is wanted");
  }
  std::atomic_ref(the_settings.max_script_bytes).store(*mebibytes << number.shift, std::memory_order_relaxed);
}

std::vector<std::string> load_settings(Arguments arguments) {
  ModuleSettings read;
  std::vector<std::string> notes;
  while (!arguments.done()) {
    const std::string_view name = arguments.take();
    if (const Number* number = number_named(name)) {
      read.*number->member = take_number(arguments, *number);
    } else if (const Foreign* foreign = foreign_named(name)) {
      notes.push_back(std::string(foreign->name) + ": " + take_foreign(arguments, *foreign, read));
    } else if (equal_ignoring_case(name, native_name)) {
      read.native = arguments.take_if("yes");
      if (!read.native && !arguments.take_if("no")) throw CommandError("NATIVE wants yes or no");
    } else {
      throw unknown(name);
    }
  }
  if (read.threads == 0) read.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const std::int64_t half_of_memory = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE) / 2;
  if (read.max_tensor_bytes == 0) read.max_tensor_bytes = std::min(half_of_memory, std::int64_t{8} << 30);
  if (read.max_script_bytes == 0) read.max_script_bytes = half_of_memory;
  the_settings = read;
  return notes;
}

std::optional<std::variant<std::int64_t, std::string>> setting_named(std::string_view name) {
  if (equal_ignoring_case(name, native_name)) return std::string(the_settings.native ? "yes" : "no");
  const Number* number = number_named(name);
  if (number == nullptr) return std::nullopt;
  return the_settings.*number->member >> number->shift;
}

void set_model_chunk_bytes(std::optional<std::int64_t> bytes) {
  if (!bytes || *bytes < min_chunk || *bytes > max_chunk)
    throw CommandError("ERR MODEL_CHUNK_SIZE: invalid chunk size");
  the_settings.model_chunk_bytes = *bytes;
}

}  // namespace windtunnel::tensordb
