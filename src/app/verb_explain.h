// `syscope explain`: the manual in a few lines.
#pragma once

#include "app/verb.h"

namespace syscope::app {

VerbFunction verb_explain;

}  // namespace syscope::app
