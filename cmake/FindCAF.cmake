# Finds the C++ Actor Framework, also where it comes without a CMake package, as
# on Debian and Ubuntu.
#
# Components: core, io. Imported targets: CAF::core, CAF::io. Variables:
# CAF_FOUND, CAF_VERSION, CAF_<component>_FOUND.
#
# CAF_ROOT (a CMake or an environment variable) is looked at first. Where CAF
# brings its own package, that is used: CAF 1.x does.

include(FindPackageHandleStandardArgs)

if(NOT CAF_FIND_COMPONENTS)
  set(CAF_FIND_COMPONENTS core io)
endif()

# A CAF_ROOT keeps a package elsewhere from being preferred to it.
set(_caf_roots ${CAF_ROOT} $ENV{CAF_ROOT})
set(_caf_where)
if(_caf_roots)
  set(_caf_where PATHS ${_caf_roots} NO_DEFAULT_PATH)
endif()
# The version is named as that of the caller would be asked for, which no 1.x is
# compatible with.
find_package(CAF 1.0 CONFIG QUIET COMPONENTS ${CAF_FIND_COMPONENTS} ${_caf_where})
unset(_caf_roots)
unset(_caf_where)
if(CAF_FOUND)
  find_package_handle_standard_args(CAF CONFIG_MODE)
  return()
endif()

find_path(CAF_INCLUDE_DIR caf/config.hpp)
mark_as_advanced(CAF_INCLUDE_DIR)

# CAF_VERSION in the header is one number: 1706 for 0.17.6.
unset(CAF_VERSION)
if(CAF_INCLUDE_DIR)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" _caf_line
       REGEX "^#define CAF_VERSION [0-9]+")
  if(_caf_line MATCHES "CAF_VERSION ([0-9]+)")
    math(EXPR _caf_major "${CMAKE_MATCH_1} / 10000")
    math(EXPR _caf_minor "${CMAKE_MATCH_1} / 100 % 100")
    math(EXPR _caf_patch "${CMAKE_MATCH_1} % 100")
    set(CAF_VERSION "${_caf_major}.${_caf_minor}.${_caf_patch}")
  endif()
endif()

set(_caf_required CAF_INCLUDE_DIR)
foreach(_caf_component IN LISTS CAF_FIND_COMPONENTS)
  string(TOUPPER "${_caf_component}" _caf_upper)
  find_library(CAF_${_caf_upper}_LIBRARY caf_${_caf_component})
  mark_as_advanced(CAF_${_caf_upper}_LIBRARY)
  if(CAF_${_caf_upper}_LIBRARY)
    set(CAF_${_caf_component}_FOUND TRUE)
  else()
    set(CAF_${_caf_component}_FOUND FALSE)
  endif()
  if(CAF_FIND_REQUIRED_${_caf_component})
    list(APPEND _caf_required CAF_${_caf_upper}_LIBRARY)
  endif()
endforeach()

find_package_handle_standard_args(
  CAF
  REQUIRED_VARS ${_caf_required}
  VERSION_VAR CAF_VERSION
  HANDLE_COMPONENTS)

if(CAF_FOUND)
  find_package(Threads QUIET REQUIRED)
  foreach(_caf_component IN LISTS CAF_FIND_COMPONENTS)
    string(TOUPPER "${_caf_component}" _caf_upper)
    if(NOT CAF_${_caf_component}_FOUND OR TARGET CAF::${_caf_component})
      continue()
    endif()
    add_library(CAF::${_caf_component} UNKNOWN IMPORTED)
    set_target_properties(
      CAF::${_caf_component}
      PROPERTIES IMPORTED_LOCATION "${CAF_${_caf_upper}_LIBRARY}"
                 INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
  endforeach()
  if(TARGET CAF::core)
    target_link_libraries(CAF::core INTERFACE Threads::Threads)
  endif()
  if(TARGET CAF::io)
    target_link_libraries(CAF::io INTERFACE CAF::core)
  endif()
endif()

unset(_caf_component)
unset(_caf_line)
unset(_caf_major)
unset(_caf_minor)
unset(_caf_patch)
unset(_caf_required)
unset(_caf_upper)
