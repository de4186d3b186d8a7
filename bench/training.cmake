# Training overhead against a bare LibTorch loop.
if(NOT WINDTUNNEL_CORE_ONLY)
  find_package(Torch REQUIRED)
  windtunnel_compare(training_bench SOURCES training_bench.cpp DEPENDS windtunnel_learning ${TORCH_LIBRARIES})
  target_precompile_headers(training_bench PRIVATE <torch/torch.h>)
endif()
