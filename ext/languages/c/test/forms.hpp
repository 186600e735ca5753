// Words of the scenario, and how replies are compared with what it expects.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using Json = nlohmann::json;

struct redisReply;

// What bytes stand for in JSON: each byte a character of its own.
std::string unhex(const std::string &text);

// A reply as a value of JSON: texts are binary, errors an object with their text.
Json value_of(const redisReply *reply);

// Whether a reply is what is expected.
bool fits(const Json &reply, const Json &expected);
