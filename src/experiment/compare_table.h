// The forms of a comparison that people read: an aligned table for terminals, and the same in Markdown.
#pragma once

#include <span>
#include <string>

#include "experiment/compare.h"

namespace windtunnel::experiment {

std::string to_table(std::span<const Line> lines);
std::string to_markdown(std::span<const Line> lines);

}  // namespace windtunnel::experiment
