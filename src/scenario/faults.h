// What is wrong with an input, all of it: faults are collected while reading goes on, and thrown together at the end.
//
//     study.yaml:25:16: architecture.spirt.rule: unknown rule "trimed_mean"
//         rule: {trimed_mean: {f: 2}}
//                ^ did you mean "trimmed_mean"?   known: mean, median, trimmed_mean, krum, meamed
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "scenario/source.h"

namespace windtunnel::scenario {

struct Fault {
  Mark mark;
  std::string path;     ///< dotted path of the setting; empty: the file as a whole
  std::string message;  ///< one line
  std::string hint;     ///< one line shown beside the caret; may be empty
};

/// `file:line:column: path: message`.
std::string headline(const Fault& fault);
/// The headline, the line of the source, and a caret with the hint.
std::string to_text(const Fault& fault);

/// Everything wrong with an input; `what()` is the text of the first hundred faults. Exit code 2.
class Faulty : public InputError {
 public:
  explicit Faulty(std::vector<Fault> faults);
  const std::vector<Fault>& faults() const noexcept { return faults_; }

 private:
  std::vector<Fault> faults_;
};

/// Collects faults. The same fault of the same place is kept once, however often it is met (a base that is loaded for
/// every point of a sweep).
class Faults {
 public:
  void add(Fault fault);
  bool empty() const noexcept { return faults_.empty(); }
  const std::vector<Fault>& list() const noexcept { return faults_; }
  /// Throws Faulty, ordered by place, when there is any fault.
  void throw_if_any() const;

 private:
  std::vector<Fault> faults_;
  std::set<std::string> known_;
};

}  // namespace windtunnel::scenario
