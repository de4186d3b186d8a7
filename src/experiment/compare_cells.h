// The figures of a comparison as people read them: one text for each cell of its table.
#pragma once

#include <span>
#include <string>

#include "experiment/compare.h"
#include "experiment/run_figures.h"

namespace windtunnel::experiment {

/// As many decimals in every cell of money as give the smallest total three significant digits.
int money_decimals(std::span<const Line> lines);

/// What the line's cell of the figure shows; its style is not `hidden`. "–": there is no such figure.
std::string cell_of(const Line& line, std::size_t figure, int money_decimals);

/// Whether a table of these lines has a column of the figure.
bool is_shown(const RunFigure& figure, std::span<const Line> lines);

/// What a person must know beside the figures, on one line; of a line without figures, why there are none.
std::string note_of(const Line& line);

}  // namespace windtunnel::experiment
