// What attacks have in common that look at others' updates: what they may see is a setting, and they say so when it is not
// enough.
#pragma once

#include <vector>

#include "aggregation/attack.h"

namespace windtunnel::aggregation {

class InformedAttack : public Attack {
 public:
  Knowledge knows = Knowledge::all;

  void describe(Fields& fields) override;
  Sight sight() const override { return {.knowledge = knows, .least = least_}; }
  void forge(const AttackContext& context, std::span<float> out) const final;

 protected:
  /// The attack's name, and how many updates it needs to see.
  InformedAttack(std::string_view name, std::int64_t least) : name_(name), least_(least) {}
  /// From the updates known, at least as many as needed. `out` is none of them.
  virtual void forge_from(Rows known, const AttackContext& context, std::span<float> out) const = 0;
  std::string_view name() const { return name_; }

 private:
  std::string_view name_;
  std::int64_t least_;
};

/// Of each coordinate.
struct Moments {
  std::vector<double> mean, deviation;  ///< the root of the mean squared difference from the mean
};
Moments moments(Rows rows);

/// out[j] = from[j] + factor · direction[j].
void write_along(std::span<const double> from, double factor, std::span<const double> direction, std::span<float> out);

}  // namespace windtunnel::aggregation
