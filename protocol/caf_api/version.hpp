#pragma once

// The only file that asks which version of CAF this is. The other files of the
// two rooms caf_api/ ask the macros that it defines.

#include "caf/config.hpp"

// CAF 0.17 has no macro for its major version alone. CAF 1.1 writes
// CAF_VERSION with a leading zero, so that the compiler reads it as an octal
// number; CAF_VERSION_MAJOR is safe.

/// Whether this is CAF 1 or newer.
#if defined(CAF_VERSION_MAJOR) && CAF_VERSION_MAJOR >= 1
#define STAGEDOOR_CAF_1 1
#else
#define STAGEDOOR_CAF_1 0
#endif

/// Whether this is CAF 2, which is not released yet, or newer.
#if defined(CAF_VERSION_MAJOR) && CAF_VERSION_MAJOR >= 2
#define STAGEDOOR_CAF_2 1
#else
#define STAGEDOOR_CAF_2 0
#endif
