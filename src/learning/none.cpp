#include "learning/none.h"

#include "learning/sampler.h"
#include "learning/work_figures.h"

namespace windtunnel::learning {

void None::describe(Fields& f) {
  f("network", network, "network whose parameters and compute time are used");
  f("dataset", dataset, "dataset whose sizes are used");
  f("parameters", parameters, "float32 numbers in a gradient; default: the network's", {.min = 1, .max = 1e12});
  f("samples", samples, "training samples of all workers together; default: the dataset's", {.min = 1, .max = 1e15});
  f("sample_size", sample_size, "bytes of a stored training sample; default: the dataset's", {.min = 0});
  f("activation_size", activation_size, activation_size_doc, {.min = 0, .source = "measured, learning/networks.h"});
  f("sample_time", sample_time, sample_time_doc, {.min = 0, .source = "measured, learning/networks.h"});
}

Workload None::workload() const {
  Workload work = workload_of(*network, dataset->facts());
  if (parameters) work.parameters = *parameters;
  if (samples) work.samples = *samples;
  if (sample_size) work.sample_bytes = *sample_size;
  if (activation_size) work.activation_bytes_per_sample = *activation_size;
  if (sample_time) work.seconds_per_sample = to_seconds(*sample_time);
  return work;
}

std::shared_ptr<const Problem> None::problem(const Plan& plan, DataShelf& /*shelf*/) const {
  validate(plan);
  return nullptr;
}

}  // namespace windtunnel::learning
