# Finds RE2 and makes re2::re2, also where it comes without a CMake package, as
# on Debian 12.

include(FindPackageHandleStandardArgs)

find_package(re2 CONFIG QUIET)
if(TARGET re2::re2)
  find_package_handle_standard_args(re2 CONFIG_MODE)
  return()
endif()

find_path(re2_INCLUDE_DIR re2/re2.h)
find_library(re2_LIBRARY re2)
mark_as_advanced(re2_INCLUDE_DIR re2_LIBRARY)

find_package_handle_standard_args(re2 REQUIRED_VARS re2_LIBRARY re2_INCLUDE_DIR)

if(re2_FOUND)
  find_package(Threads QUIET REQUIRED)
  add_library(re2::re2 UNKNOWN IMPORTED)
  set_target_properties(
    re2::re2 PROPERTIES IMPORTED_LOCATION "${re2_LIBRARY}"
                        INTERFACE_INCLUDE_DIRECTORIES "${re2_INCLUDE_DIR}")
  target_link_libraries(re2::re2 INTERFACE Threads::Threads)
endif()
