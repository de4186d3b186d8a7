# Training overhead against a bare LibTorch loop.
if(NOT WINDTUNNEL_CORE_ONLY)
  find_package(Torch REQUIRED)  # its targets are known per folder
  windtunnel_compare(training_bench SOURCES training_bench.cpp DEPENDS windtunnel_learning_torch)
endif()
