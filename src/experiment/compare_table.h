// The forms of a comparison that people read: an aligned table for terminals, and the same in Markdown.
#pragma once

#include <span>
#include <string>

#include "experiment/compare.h"

namespace windtunnel::experiment {

/// In at most so many columns of a terminal: figures that matter less are left out, which the last line says, and long names
/// are clipped. 0: all figures in full.
std::string to_table(std::span<const Line> lines, std::size_t columns = 0);
std::string to_markdown(std::span<const Line> lines);

}  // namespace windtunnel::experiment
