// What a server can do for us, as it says itself: for people who want to know before they run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/address.h"

namespace windtunnel::store {

/// The dialect in which our client would speak to a server.
enum class Spoken {
  native,       ///< our module's TENSOR.* commands
  torchscript,  ///< RedisAI's documented commands, rules and optimizers as TorchScript
  none,         ///< neither our module nor RedisAI is there
};
std::string_view name_of(Spoken spoken);

struct ServerReport {
  std::string address;              ///< without its password
  std::string redis_version, role;  ///< role: master or replica ("" when the user may not ask)
  std::string module;               ///< "tensordb 100", "ai 10207"; empty without
  Spoken dialect = Spoken::none;
  std::int64_t used_bytes = 0, max_bytes = 0;  ///< memory; max 0: no limit
  bool append_only = false;
  std::map<std::string, std::string> figures;                ///< of TENSOR.INFO: version, torch, threads …
  std::map<std::string, std::vector<std::string>> families;  ///< of TENSOR.INFO: rules, optimizers
  std::vector<std::string> commands;                         ///< of the module, sorted
  std::vector<std::string> refused;                          ///< questions that this user may not ask
};

/// Asks. Throws RunError when the server cannot be reached or refuses the credentials.
ServerReport report_on(const Address& address, Duration timeout);

}  // namespace windtunnel::store
