#include "sim/callback.h"

#include "sim/fingerprint.h"
#include "sim/simulation.h"

namespace windtunnel::sim {

Callback::Callback(std::string_view label) noexcept : label_(detail::label_of(label)) {}

Callback::~Callback() {
  if (queued_ != never) simulation_->forget(*this);
}

}  // namespace windtunnel::sim
