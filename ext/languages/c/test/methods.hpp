// The methods of the scenario, by name.
#pragma once

#include <redlite.hpp>

#include "forms.hpp"

// Calls a method, and returns what it does as a value of JSON; an error too.
Json call_method(const redlite::Database &db, const std::string &name, const Json &args);
