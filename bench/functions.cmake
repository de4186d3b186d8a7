# The function platform alone, beside a naive baseline.
windtunnel_compare(functions_bench SOURCES functions_bench.cpp DEPENDS windtunnel_models)
