#include "tensordb/engine.h"

#include <dlfcn.h>

#include <filesystem>
#include <mutex>

#include "tensordb/command_error.h"
#include "tensordb/module_settings.h"

namespace windtunnel::tensordb {
namespace {

constexpr const char* library_name = "windtunnel_tensordb_torch.so";

const Engine* load() {
  const std::filesystem::path library = engine_library();
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* entry = handle != nullptr ? dlsym(handle, engine_entry) : nullptr;
  if (entry == nullptr) {
    const char* reason = dlerror();
    throw CommandError("ERR TorchScript is not available: " +
                       single_line(reason != nullptr ? reason : "no reason given"));
  }
  const EngineSettings chosen{.intra_op_threads = static_cast<int>(settings().intra_op_threads),
                              .max_program_bytes = &max_script_bytes,
                              .pool = pool::shared()};
  return reinterpret_cast<MakeEngine>(entry)(&redis::api(), &chosen);
}

}  // namespace

std::filesystem::path engine_library() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&engine), &info) == 0 || info.dli_fname == nullptr) return library_name;
  return std::filesystem::path(info.dli_fname).parent_path() / library_name;
}

const Engine& engine() {
  static std::mutex mutex;
  static const Engine* loaded = nullptr;  // never unloaded: programs hold its code
  const std::scoped_lock lock(mutex);
  if (loaded == nullptr) loaded = load();
  return *loaded;
}

}  // namespace windtunnel::tensordb
