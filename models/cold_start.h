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
  /// Before INIT: client-observed cold median 360 ms less the warm 18 ms and an INIT of 81 ms; its p99 is 570 ms in the
  /// same study (facts 6, difference [D]).
  Choice<Distribution> placement = lognormal({.median = from_seconds(0.261), .p99 = from_seconds(0.471)});
  /// Python 3.12 from a zip, mean / max 81 / 92 ms (facts 6); an image: 184 / 360 ms.
  Choice<Distribution> init = lognormal({.median = from_seconds(0.081), .p99 = from_seconds(0.092)});
  Duration zip_per_mb = from_seconds(0.10);      ///< facts 6: 1 KB 0.26 s, 14 MB 1.70 s, 35 MB 3.87 s
  Duration image_per_mb = from_seconds(0.0126);  ///< facts 6: images with a 140 / 1,090 MB model, 5.6 / 17.6 s [D]

  void describe(Fields& f);
  /// Time to load the package: size in MB of 10^6 bytes × the slope of its kind.
  Duration package_load() const;
  /// Throws InputError `<where>.<member>: …` when a distribution's settings do not fit together.
  void require_sane(std::string_view where) const;
};

}  // namespace windtunnel::models
