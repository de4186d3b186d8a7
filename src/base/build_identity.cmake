# Writes OUTPUT, the definition of base/build.h's functions: the hash of the files listed, one a line, in LIST (paths below
# SOURCE), and the checkout's `git describe`. Run by the build whenever one of the files has changed.
file(STRINGS ${LIST} files)
set(all "")
foreach(file IN LISTS files)
  file(SHA256 ${SOURCE}/${file} hash)
  string(APPEND all "${file} ${hash}\n")
endforeach()
string(SHA256 hash "${all}")
string(SUBSTRING ${hash} 0 16 hash)
set(description "")
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --tags --always --dirty
                  OUTPUT_VARIABLE description ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
file(WRITE ${OUTPUT} "// Written by build_identity.cmake.
#include \"base/build.h\"

namespace windtunnel {

std::string_view build_hash() { return \"${hash}\"; }
std::string_view build_description() { return \"${description}\"; }

}  // namespace windtunnel
")
