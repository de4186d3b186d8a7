#include "scenario/dump.h"

#include "scenario/collect.h"
#include "scenario/json_value.h"

namespace windtunnel::scenario {

std::string canonical_json(Section& settings) { return json_object(fields_of(settings)).dump(); }

}  // namespace windtunnel::scenario
