// The ratios that a side-by-side program has set itself: one line each with the worst case seen, and how many are
// missed.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

namespace windtunnel::bench {

/// A figure and the case it was seen in.
struct Figure {
  double value;
  std::string seen_in;
};

class Targets {
 public:
  /// The smallest of the figures must be at least `target`; nothing is printed when there are none.
  void at_least(const std::string& what, const std::vector<Figure>& figures, double target) {
    each(what, figures, target, true);
  }
  /// The largest must be at most `target`.
  void at_most(const std::string& what, const std::vector<Figure>& figures, double target) {
    each(what, figures, target, false);
  }
  int missed() const { return missed_; }

 private:
  void each(const std::string& what, const std::vector<Figure>& figures, double target, bool least) {
    const Figure* worst = nullptr;
    for (const Figure& f : figures) {
      if (worst == nullptr || (least ? f.value < worst->value : f.value > worst->value)) worst = &f;
    }
    if (worst == nullptr) return;
    const bool reached = least ? worst->value >= target : worst->value <= target;
    if (!reached) ++missed_;
    fmt::print("{:66}{:>9.3f}  {} {:<6g} {:8} {}\n", what, worst->value, least ? "≥" : "≤", target,
               reached ? "reached" : "MISSED", worst->seen_in);
  }

  int missed_ = 0;
};

}  // namespace windtunnel::bench
