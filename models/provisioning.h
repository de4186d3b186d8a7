// When what is rented starts: machines, database nodes and whatever else has a boot. One setting for all of them, so that no
// architecture waits, or pays, for a start that another has for nothing.
// Promise: before_start changes the first boot only; one after a crash takes its time in either case.
#pragma once

#include <array>
#include <string_view>

namespace windtunnel::models {

enum class Provisioning : int {
  counted,       ///< ordered when the job starts: the boot is waited for, and its rent is paid
  before_start,  ///< there when the job starts, and rented from then on
};

inline constexpr std::array<std::string_view, 2> provisioning_names{"counted", "before_start"};

}  // namespace windtunnel::models
