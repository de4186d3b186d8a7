#include <array>

#include "architectures/architecture.h"
#include "architectures/centralized.h"
#include "architectures/parameter_server.h"
#include "architectures/spirt.h"

namespace windtunnel::architectures {

Family<Architecture> architectures() {
  static constexpr std::array list{
      option<Architecture, Spirt>("spirt", "peers with a database and functions of their own, no master (arXiv 2309.14148)"),
      option<Architecture, ParameterServer>("parameter_server", "workers compute, one server holds the model"),
      option<Architecture, Centralized>("centralized", "one machine trains on all data"),
  };
  return list;
}

}  // namespace windtunnel::architectures
