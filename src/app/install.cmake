# `cmake --install`, and the Debian package that CPack makes of it: the program, what it loads, and the files it reads.
# The program finds the others by their places relative to its own (base/paths.h).
install(TARGETS windtunnel RUNTIME)
# Redis loads executable files only; Debian's CMake would install shared objects as plain ones.
install(TARGETS windtunnel_torch windtunnel_tensordb windtunnel_tensordb_torch
        LIBRARY DESTINATION ${WINDTUNNEL_INSTALL_LIBRARIES}
        PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/scenarios ${PROJECT_SOURCE_DIR}/plots DESTINATION ${WINDTUNNEL_INSTALL_DATA}
        FILES_MATCHING PATTERN *.yaml PATTERN *.py PATTERN invalid EXCLUDE PATTERN __pycache__ EXCLUDE)
install(PROGRAMS ${PROJECT_SOURCE_DIR}/tests/audit/audit.py DESTINATION ${WINDTUNNEL_INSTALL_DATA})
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES ${PROJECT_SOURCE_DIR}/models/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME models.md)
install(FILES ${PROJECT_SOURCE_DIR}/src/tensordb/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME tensordb.md)
install(FILES ${PROJECT_SOURCE_DIR}/src/tensordb/examples/train_together.py DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON PARENT_SCOPE)  # the tests need not be built to install

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME windtunnel)
set(CPACK_PACKAGE_CONTACT "The Windtunnel authors <windtunnel@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "wind tunnel for serverless distributed training")
set(CPACK_PACKAGE_DESCRIPTION "Simulates training jobs on modelled clouds, with real gradients and a real tensor database
inside of Redis where they are wanted, and tells cost, time, accuracy and what survives.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What is run or read rather than linked; the shared libraries' packages are found by what the files need.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "redis-server (>= 5:7.0), python3, python3-matplotlib, dataset-fashion-mnist, libopenblas0-openmp")
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_BINARY_DIR}/package_version.cmake)
configure_file(package_version.cmake.in ${CPACK_PROJECT_CONFIG_FILE} @ONLY)
include(CPack)
