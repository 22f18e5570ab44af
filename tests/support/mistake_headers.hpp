#pragma once

// What an application includes, for mistakes.cpp.

#include "stagedoor/actors/stagedoor.hpp"
