# Large runs of the whole program.
if(NOT WINDTUNNEL_CORE_ONLY)
  find_package(Torch REQUIRED)  # its targets are known per folder
  windtunnel_compare(scale_bench SOURCES scale_bench.cpp DEPENDS windtunnel_experiment)
endif()
