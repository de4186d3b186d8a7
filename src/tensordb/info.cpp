#include "tensordb/info.h"

#include "tensordb/block_pool.h"
#include "tensordb/native_job.h"
#include "tensordb/runner.h"
#include "tensordb/version.h"

namespace windtunnel::tensordb {

void add_info(redis::InfoContext* info, int for_crash_report) {
  if (for_crash_report != 0) return;  // the thread that crashed may hold a lock that we would wait for
  const redis::Api& api = redis::api();
  api.info_add_section(info, "state");
  api.info_add_field_cstring(info, "version", version_text);
  const auto number = [&](const char* field, std::uint64_t value) { api.info_add_field_ulonglong(info, field, value); };
  number("threads", static_cast<std::uint64_t>(runner().settings().threads));
  number("waiting", runner().waiting());
  number("pool_bytes", pool::kept());
  number("native_in_place", NativeJob::counts().in_place);
  number("native_beside", NativeJob::counts().beside);
}

}  // namespace windtunnel::tensordb
