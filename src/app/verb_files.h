// `syscope files`: what is open, and who is at the other end.
#pragma once

#include "app/verb.h"

namespace syscope::app {

VerbFunction verb_files;

}  // namespace syscope::app
