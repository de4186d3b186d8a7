# Training overhead against a bare LibTorch loop: of the learning room alone, and of a whole emulated run.
if(NOT WINDTUNNEL_CORE_ONLY)
  find_package(OpenMP REQUIRED COMPONENTS CXX)
  find_package(Torch REQUIRED)  # its targets are known per folder
  windtunnel_compare(training_bench SOURCES training_bench.cpp DEPENDS windtunnel_learning_torch)
  windtunnel_compare(threads_bench SOURCES threads_bench.cpp DEPENDS windtunnel_learning_torch OpenMP::OpenMP_CXX)
  windtunnel_compare(footprint_bench SOURCES footprint_bench.cpp DEPENDS windtunnel_learning_torch OpenMP::OpenMP_CXX)
  windtunnel_compare(emulated_bench SOURCES emulated_bench.cpp DEPENDS windtunnel_experiment windtunnel_learning_torch)
endif()
