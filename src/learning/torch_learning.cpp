#include "learning/torch_learning.h"

#include "learning/data_shelf.h"
#include "learning/sampler.h"
#include "learning/torch_module.h"
#include "learning/work_figures.h"

namespace windtunnel::learning {

void TorchLearning::describe(Fields& f) {
  f("dataset", dataset, "what is learnt");
  f("partition", partition, "who trains on which samples");
  f("network", network, "what learns it");
  f("sample_time", sample_time, sample_time_doc, {.min = 0, .source = "measured, learning/networks.h"});
}

Workload TorchLearning::workload() const {
  Workload work = workload_of(*network, dataset->facts());
  if (sample_time) work.seconds_per_sample = to_seconds(*sample_time);
  return work;
}

std::shared_ptr<const Problem> TorchLearning::problem(const Plan& plan, DataShelf& shelf) const {
  validate(plan);
  return load_torch_problem({.data = shelf.of(dataset), .partition = partition.shared(), .network = network.shared()},
                            plan);
}

}  // namespace windtunnel::learning
