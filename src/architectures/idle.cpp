#include "architectures/idle.h"

#include <fmt/format.h>

namespace windtunnel::architectures {

std::vector<Idle> idle_settings(const models::FunctionSpec& function, std::string_view path) {
  std::vector<Idle> idle;
  const auto add = [&](std::string_view setting, std::string why) {
    idle.push_back({fmt::format("{}.{}", path, setting), std::move(why)});
  };
  const models::ColdStart& start = function.cold_start;
  const std::string package = fmt::format("the package is a {}", models::name(start.package));
  if (start.package == models::Package::zip) {
    add("cold_start.image_per_mb", package);
    add("cold_start.image_init", package);
    if (start.package_size.count == 0) add("cold_start.zip_per_mb", "package_size is 0");
  } else {
    add("cold_start.zip_per_mb", package);
    if (start.package_size.count == 0) add("cold_start.image_per_mb", "package_size is 0");
  }
  if (function.retry.times == 0) add("retry.delay", "retry.times is 0: nothing is tried again");
  return idle;
}

}  // namespace windtunnel::architectures
