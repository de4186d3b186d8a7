// The rules and optimizers as TorchScript, for servers that have RedisAI's commands only.
#pragma once

#include <array>
#include <string_view>

namespace windtunnel::store {

/// Its functions, all with RedisAI's signature. Rules take the rows, and f as ARGS 0; optimizers take weights, gradient
/// and their state, return weights and state, and never write to what they are given (genuine RedisAI stores such
/// results with freed memory: measured).
std::string_view redis_ai_program();

/// Names of the entry points.
constexpr std::array<std::string_view, 8> redis_ai_functions{"mean",   "median", "trimmed_mean", "krum",
                                                             "meamed", "sgd",    "momentum",     "adam"};

}  // namespace windtunnel::store
