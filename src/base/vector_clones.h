// For functions that are one plain loop over long vectors: WINDTUNNEL_VECTOR_CLONES in front of a definition compiles it
// for several instruction sets, and the loader takes the widest that the machine has. The results are the same to the
// bit on every machine: each element's arithmetic is written out and never contracted (CMakeLists.txt), only the number
// of elements per instruction differs. What such a function calls must be inlined into it, or stays in the narrow set.
#pragma once

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WINDTUNNEL_VECTOR_CLONES [[gnu::target_clones("default", "avx2", "avx512f")]]
#else
// Elsewhere one version; the sanitizers' checks cannot run before the loader has chosen.
#define WINDTUNNEL_VECTOR_CLONES
#endif
