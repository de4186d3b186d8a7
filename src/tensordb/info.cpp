#include "tensordb/info.h"

#include <sys/resource.h>

#include <cstdio>
#include <string>

#include "tensordb/block_pool.h"
#include "tensordb/module_settings.h"
#include "tensordb/native_job.h"
#include "tensordb/runner.h"
#include "tensordb/version.h"

namespace windtunnel::tensordb {
namespace {

/// The RedisAI whose commands and replies ours are, and what else it tells of itself.
constexpr const char* spoken_version = "1.2.7";
constexpr int spoken_low_level_api = 1, spoken_rdb_version = 4;

std::string seconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", value);
  return text;
}
std::string seconds(const timeval& time) {
  return seconds(static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6);
}

/// RedisAI's sections as its users read them. Redis puts the module's name before each section and field, and ours is not
/// "ai": so they are one text, in the place of one field's name.
class RedisAiSections {
 public:
  void section(const std::string& name) { text_ += "\r\n\r\n# " + name; }
  void field(const std::string& name, const std::string& value) { text_ += "\r\nai_" + name + ":" + value; }
  void field(const std::string& name, std::int64_t value) { field(name, std::to_string(value)); }

  /// Adds all of it to INFO. Precondition: a section has been begun, and the last thing here is a field.
  void show(redis::InfoContext* info) const {
    const std::size_t last = text_.rfind(':');
    const std::string name = "speaks_for:RedisAI" + text_.substr(0, last);
    redis::api().info_add_field_cstring(info, name.c_str(), text_.substr(last + 1).c_str());
  }

 private:
  std::string text_;
};

void add_redis_ai_sections(redis::InfoContext* info) {
  RedisAiSections all;
  all.section("ai_versions");
  all.field("RedisAI_version", spoken_version);
  all.field("low_level_API_version", spoken_low_level_api);
  all.field("rdb_version", spoken_rdb_version);
  all.section("ai_git");
  all.field("git_sha", std::string("tensordb-") + version_text);
  all.section("ai_load_time_configs");
  all.field("threads_per_queue", runner().settings().threads);
  all.field("inter_op_parallelism", 1);
  all.field("intra_op_parallelism", settings().intra_op_threads);
  all.field("model_execution_timeout", settings().script_time_limit_ms);
  all.section("ai_backends_info");
  all.field("Torch_version", WINDTUNNEL_TORCH_VERSION);
  all.section("ai_cpu");
  rusage self{}, children{};
  getrusage(RUSAGE_SELF, &self);
  getrusage(RUSAGE_CHILDREN, &children);
  all.field("self_used_cpu_sys", seconds(self.ru_stime));
  all.field("self_used_cpu_user", seconds(self.ru_utime));
  all.field("children_used_cpu_sys", seconds(children.ru_stime));
  all.field("children_used_cpu_user", seconds(children.ru_utime));
  int n = 0;
  for (const double used : runner().workers().processor_seconds()) {
    all.field("queue_CPU_bthread_n" + std::to_string(++n) + "_used_cpu_total", seconds(used));
  }
  all.show(info);
}

}  // namespace

void add_info(redis::InfoContext* info, int for_crash_report) {
  if (for_crash_report != 0) return;  // the thread that crashed may hold a lock that we would wait for
  const redis::Api& api = redis::api();
  api.info_add_section(info, "state");
  api.info_add_field_cstring(info, "version", version_text);
  const auto number = [&](const char* field, std::uint64_t value) { api.info_add_field_ulonglong(info, field, value); };
  number("threads", static_cast<std::uint64_t>(runner().settings().threads));
  number("waiting", runner().waiting());
  number("parked", runner().parked());
  number("pool_bytes", pool::kept());
  number("native_in_place", NativeJob::counts().in_place);
  number("native_beside", NativeJob::counts().beside);
  add_redis_ai_sections(info);
}

}  // namespace windtunnel::tensordb
