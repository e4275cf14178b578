// `syscope why`: what a process waits for, and whose fault it is.
#pragma once

#include "app/verb.h"

namespace syscope::app {

VerbFunction verb_why;

}  // namespace syscope::app
