// The value of a field as JSON, in the form in which a scenario would hold it.
#pragma once

#include <nlohmann/json.hpp>

#include "base/fields.h"

namespace windtunnel::scenario {

/// Null for an unset setting. Precondition: numbers are finite (checked).
nlohmann::ordered_json json_value(Field& field);

/// The same for all fields of an object.
nlohmann::ordered_json json_object(std::vector<Field> fields);

}  // namespace windtunnel::scenario
