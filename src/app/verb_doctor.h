// `syscope doctor`: which engine this user can use on this machine, and why not the other.
#pragma once

#include "app/verb.h"

namespace syscope::app {

VerbFunction verb_doctor;

}  // namespace syscope::app
