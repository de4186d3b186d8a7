# The tensor database beside the ways to do without it. Needs the whole build (LibTorch, hiredis).
if(NOT WINDTUNNEL_CORE_ONLY)
  find_package(CLI11 REQUIRED)
  find_package(nlohmann_json REQUIRED)
  windtunnel_compare(tensordb_compare SOURCES tensordb_compare.cpp tensordb_stage.cpp tensordb_clients.cpp
                     DEPENDS windtunnel_store windtunnel_aggregation hiredis CLI11::CLI11
                             nlohmann_json::nlohmann_json)
endif()
