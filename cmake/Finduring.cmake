# Finds liburing 2.3 or newer, which comes without a CMake package, and makes
# uring::uring.

include(FindPackageHandleStandardArgs)

find_path(uring_INCLUDE_DIR liburing.h)
find_library(uring_LIBRARY uring)
mark_as_advanced(uring_INCLUDE_DIR uring_LIBRARY)

# Its headers do not say which version they are of.
set(uring_IS_NEW FALSE)
if(EXISTS "${uring_INCLUDE_DIR}/liburing/io_uring.h")
  file(STRINGS "${uring_INCLUDE_DIR}/liburing/io_uring.h" uring_IS_NEW
       REGEX IORING_SETUP_DEFER_TASKRUN)
endif()

find_package_handle_standard_args(
  uring
  REQUIRED_VARS uring_LIBRARY uring_INCLUDE_DIR uring_IS_NEW
  REASON_FAILURE_MESSAGE "liburing 2.3 or newer is needed (liburing-dev)")

if(uring_FOUND AND NOT TARGET uring::uring)
  add_library(uring::uring UNKNOWN IMPORTED)
  set_target_properties(
    uring::uring PROPERTIES IMPORTED_LOCATION "${uring_LIBRARY}"
                            INTERFACE_INCLUDE_DIRECTORIES "${uring_INCLUDE_DIR}")
endif()
