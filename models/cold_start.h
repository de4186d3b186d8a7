// How long a new instance of a function takes until its code can run: the platform finds a place and loads the package
// (never billed), then the runtime and the user's imports initialise (INIT, billed as the price sheet says).
// INIT runs on the full burst of the platform's processors, so it does not depend on the function's memory (facts 5,
// 6).
#pragma once

#include <string_view>

#include "base/fields.h"
#include "base/units.h"
#include "models/distribution.h"

namespace windtunnel::models {

enum class Package : int { zip, image };
std::string_view name(Package package);

struct ColdStart {
  Package package = Package::zip;
  Bytes package_size{0};
  /// Before INIT: a package of 1 KB starts in 0.26 s, of which 81 ms are INIT; the p99 lies as far above as that of zip
  /// packages does elsewhere, 570 above 360 ms (facts 6, differences, derived).
  Choice<Distribution> placement = lognormal({.median = from_seconds(0.179), .p99 = from_seconds(0.389)});
  /// Python 3.12 from a zip, mean / max 81 / 92 ms (facts 6).
  Choice<Distribution> init = lognormal({.median = from_seconds(0.081), .p99 = from_seconds(0.092)});
  /// Facts 6: 1 KB 0.26 s, 14 MB 1.70 s, 35 MB 3.87 s.
  Duration zip_per_mb = from_seconds(0.103);
  /// Facts 6: containers for machine learning with a model of 140 / 420 / 1,090 MB, 5.6 / 8.3 / 17.6 s. The line through
  /// them (derived), within 7 % of each, is 3.43 s + 12.9 ms per MB; what a zip takes as well is in the settings above.
  Duration image_per_mb = from_seconds(0.0129);
  Duration image_init = from_seconds(3.17);

  void describe(Fields& f);
  /// Time to load the package: size in MB of 10^6 bytes × the slope of its kind.
  Duration package_load() const;
  /// Time by which INIT is longer because of the kind of package.
  Duration package_init() const { return package == Package::image ? image_init : Duration::zero(); }
  /// Throws InputError `<where>.<member>: …` when a distribution's settings do not fit together.
  void require_sane(std::string_view where) const;
};

}  // namespace windtunnel::models
