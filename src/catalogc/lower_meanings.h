// What names mean to their subjects, for people: to a table.
#pragma once

#include "catalogc/ast.h"
#include "catalogc/model.h"

namespace syscope::catalogc {

// Fills `shared.meanings`. An unknown subject, or a name explained twice, is an error.
void lower_meanings(const Program& program, SharedTables& shared, Diagnostics& diagnostics);

}  // namespace syscope::catalogc
