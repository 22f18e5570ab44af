#pragma once

// The one header of an application; see actors/stagedoor.hpp.

#include "stagedoor/actors/stagedoor.hpp"
