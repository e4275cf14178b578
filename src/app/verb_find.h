// `syscope find REGEX`: processes whose full command line matches.
#pragma once

#include "app/verb.h"

namespace syscope::app {

VerbFunction verb_find;

}  // namespace syscope::app
