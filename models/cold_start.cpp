#include "models/cold_start.h"

#include <array>

#include "base/error.h"

namespace windtunnel::models {
namespace {

constexpr std::array<std::string_view, 2> packages{"zip", "image"};

}  // namespace

std::string_view name(Package package) { return packages[static_cast<std::size_t>(package)]; }

void ColdStart::describe(Fields& f) {
  f("package", package, packages, "how the code is delivered");
  f("package_size", package_size, "zipped package, or the part of an image beyond its runtime",
    {.min = 0, .max = 10e9});
  f("placement", placement, "finding a place for a new instance, without loading the package; not billed",
    {.source = "facts 6, derived"});
  f("init", init, "INIT phase: starting the runtime and the imports", {.source = "facts 6"});
  f("zip_per_mb", zip_per_mb, "loading time per MB (10^6 bytes) of a zip package", {.min = 0, .source = "facts 6"});
  f("image_per_mb", image_per_mb, "loading time per MB (10^6 bytes) of an image", {.min = 0, .source = "facts 6, derived"});
  f("image_init", image_init, "INIT of an image beyond a zip's: the container, the imports of a learning framework",
    {.min = 0, .source = "facts 6, derived"});
}

Duration ColdStart::package_load() const {
  const Duration per_mb = package == Package::zip ? zip_per_mb : image_per_mb;
  return from_seconds(static_cast<double>(package_size.count) * 1e-6 * to_seconds(per_mb));
}

void ColdStart::require_sane(std::string_view where) const {
  models::require_sane(placement, std::string(where) + ".placement");
  models::require_sane(init, std::string(where) + ".init");
}

}  // namespace windtunnel::models
