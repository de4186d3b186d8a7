// Which of its two rates the network card of a rented machine or database node has: the burst that the provider advertises as
// "up to", for minutes to an hour, or the baseline that lasts.
#pragma once

#include <array>
#include <string_view>

namespace windtunnel::models {

enum class MachineCards : int { burst, baseline };
inline constexpr std::array<std::string_view, 2> machine_cards_names{"burst", "baseline"};

}  // namespace windtunnel::models
