# The tensor database beside the ways to do without it. Needs the whole build (LibTorch, hiredis).
if(NOT WINDTUNNEL_CORE_ONLY)
  windtunnel_compare(tensordb_compare SOURCES tensordb_compare.cpp tensordb_clients.cpp
                     DEPENDS windtunnel_store windtunnel_aggregation hiredis)
endif()
