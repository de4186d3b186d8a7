#include "tests/tensordb/random/config.h"

#include <fmt/format.h>

#include "store/embedded_server.h"
#include "tests/tensordb/random/notation.h"

namespace windtunnel::tensordb::random {
namespace {

struct Setting {
  const char* name;
  const char* value;
};
constexpr Setting fixed[] = {{"THREADS", "3"},
                             {"INTRA_OP", "1"},
                             {"NATIVE", "yes"},
                             {"MAX_TENSOR_MB", "1"},
                             {"MAX_SCRIPT_MB", "500"},
                             {"POOL_MB", "64"},
                             {"SCRIPT_TIME_LIMIT_MS", "200"}};

constexpr const char* chunk_size = "MODEL_CHUNK_SIZE";
constexpr std::int64_t least_chunk = 256, most_chunk = std::int64_t{1} << 40;

std::string get(const std::string& name, const Database& database) {
  for (const Setting& setting : fixed) {
    if (!same_word(name, setting.name)) continue;
    const std::optional<std::int64_t> n = whole(setting.value);
    return n ? number(*n) : bulk(setting.value);
  }
  if (same_word(name, chunk_size)) return number(database.model_chunk_bytes);
  if (same_word(name, "BACKENDSPATH")) return bulk(store::module_path().parent_path().string());
  return "(nil)";
}

}  // namespace

std::string module_arguments() {
  std::string line = fmt::format("{} {}", chunk_size, Database{}.model_chunk_bytes);
  for (const auto& [name, value] : fixed) line += fmt::format(" {} {}", name, value);
  return line;
}

Line initial_settings() { return {"AI.CONFIG", chunk_size, std::to_string(Database{}.model_chunk_bytes)}; }

std::string configured(const Line& line, Database& database) {
  Cursor cursor(line);
  const std::string what = cursor.take();
  if (same_word(what, "LOADBACKEND")) {
    demand(same_word(cursor.take(), "TORCH"));
    const std::string name = "windtunnel_tensordb_torch.so", file = cursor.take();
    demand(file == name || file == store::module_path().replace_filename(name).string());
  } else if (same_word(what, "BACKENDSPATH")) {
    demand(cursor.take() == store::module_path().parent_path().string());
  } else if (same_word(what, chunk_size)) {
    const std::optional<std::int64_t> bytes = whole(cursor.take());
    demand(bytes && *bytes >= least_chunk && *bytes <= most_chunk && cursor.done());
    database.model_chunk_bytes = *bytes;
  } else {
    demand(same_word(what, "GET"));
    const std::string name = cursor.take();
    demand(cursor.done());
    return get(name, database);
  }
  demand(cursor.done());
  return fine;
}

}  // namespace windtunnel::tensordb::random
