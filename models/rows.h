// The rows of a journal, one per thing that happened: a wait, a call, a transfer, a rental, a fault, a round.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/units.h"
#include "models/phase.h"
#include "models/prices.h"
#include "sim/time.h"

namespace windtunnel::models {

/// One wait or piece of work of one actor. start ≤ end.
struct Span {
  Context context;
  sim::Time start, end;
};

enum class InvocationStatus : std::uint8_t { done, failed, timed_out, killed, throttled };
std::string_view name(InvocationStatus status);

/// One call of a function, as the platform saw it.
struct Invocation {
  Context context;                      ///< who called, in which phase and round
  std::uint32_t function = 0;           ///< index into Journal::functions
  std::uint32_t instance = 0;           ///< number of the instance, from 0 in order of creation, per platform
  sim::Time requested, started, ended;  ///< call made; body begun (or never: = ended); over
  bool cold = false;                    ///< it had to wait for a new instance
  Duration init{};                      ///< INIT phase of that instance; 0 when warm
  Duration billed{};
  InvocationStatus status = InvocationStatus::done;
  bool placed = true;                   ///< it got an instance, and so is charged
  Memory memory;                        ///< of the instance
  Memory tmp;                           ///< its /tmp
  std::string_view processor;           ///< "x86", "arm64"; a string literal
  std::string_view package;             ///< "zip", "image": INIT of an image is always billed; a string literal
  std::int32_t attempt = 0;             ///< of the call: 0 its first try, 1 its first retry, …
};

/// Requests of one kind and size that an actor made in a phase and round: what is charged by the request, before any price.
struct Requests {
  Context context;
  std::string_view operation;  ///< the item of the price sheet, or what decides it ("s3.get"); a string literal
  Bytes size;                  ///< of each one's message; 0 where the charge does not depend on it
  std::int64_t count = 0;
};

/// A machine or database node, from its order to its return.
struct Rental {
  ActorId actor = 0;
  ItemId item = 0;
  sim::Time rented, released;  ///< released: until then, of one that is still rented
  Duration billed{};           ///< what is paid for: with started seconds or hours and the minimum
  double surplus_vcpu_s = 0;   ///< vCPU-seconds above its CPU credits that are paid for; 0 for types without credits
};

/// One execution of a workflow.
struct WorkflowRun {
  Context context;
  bool express = false;  ///< paid by the request and by GB-s; else by the transition
  sim::Time started, ended;
  std::int64_t transitions = 0, events = 0;
  Memory memory;  ///< of an express execution
};

/// A change of what the object store keeps.
struct StoredChange {
  sim::Time at;
  std::int64_t bytes = 0;  ///< kept from then on
};

/// Data moved by an actor in a phase and round: all its transfers of that kind in one row.
struct Transfer {
  Context context;
  std::string_view service;  ///< "s3", "database", "network", …; a string literal
  std::int64_t count = 0;
  Bytes bytes;
};

struct FaultEvent {
  ActorId actor = 0;
  std::string kind;  ///< "crash", "recovered", "restored", …
  std::int32_t round = -1;
  sim::Time at;
  std::string detail;
};

/// One finished round (update of the model) of the job as a whole.
struct Round {
  std::int32_t round = 0;
  sim::Time start, end;
  std::int32_t participants = 0;
};

/// Quality of the model of `actor` after `round`. accuracy in [0, 1], NaN where the problem has none.
struct Evaluation {
  std::int32_t round = 0;
  sim::Time at;
  ActorId actor = 0;
  double loss = 0, accuracy = 0;
};

}  // namespace windtunnel::models
