# What aggregation rules and optimizer steps cost, beside what they declare; and beside memory and Eigen, on threads.
windtunnel_compare(rules_bench SOURCES rules_bench.cpp DEPENDS windtunnel_aggregation)
find_package(Eigen3 REQUIRED NO_MODULE)
windtunnel_compare(aggregation_bench SOURCES aggregation_bench.cpp DEPENDS windtunnel_aggregation Eigen3::Eigen Threads::Threads)
