# What aggregation rules and optimizer steps cost, beside what they declare.
windtunnel_compare(rules_bench SOURCES rules_bench.cpp DEPENDS windtunnel_aggregation)
