# Training overhead against a bare LibTorch loop: of the learning room alone, and of a whole emulated run.
if(NOT WINDTUNNEL_CORE_ONLY)
  find_package(Torch REQUIRED)  # its targets are known per folder
  windtunnel_compare(training_bench SOURCES training_bench.cpp DEPENDS windtunnel_learning_torch)
  windtunnel_compare(emulated_bench SOURCES emulated_bench.cpp DEPENDS windtunnel_experiment windtunnel_learning_torch)
endif()
