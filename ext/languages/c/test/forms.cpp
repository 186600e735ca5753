#include "forms.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <cmath>

namespace {

constexpr const char *kError = "an error";

bool is_error(const Json &reply) { return reply.is_object() && reply.contains(kError); }

// A scalar's text; numbers are their digits.
std::string text_of(const Json &scalar) {
  if (scalar.is_string()) return scalar.get<std::string>();
  if (scalar.is_binary()) {
    const auto &bytes = scalar.get_binary();
    return std::string(bytes.begin(), bytes.end());
  }
  return scalar.dump();
}

std::map<std::string, Json> map_of(const Json &reply) {
  std::map<std::string, Json> map;
  if (reply.is_object()) {
    for (const auto &[name, value] : reply.items()) map[name] = value;
  } else {
    for (size_t i = 0; i + 1 < reply.size(); i += 2) map[text_of(reply[i])] = reply[i + 1];
  }
  return map;
}

bool has(const std::map<std::string, Json> &map, const Json &wanted) {
  for (const auto &[name, item] : wanted.items()) {
    const auto found = map.find(name);
    if (found == map.end() || !fits(found->second, item)) return false;
  }
  return true;
}

Json sorted(Json list) {
  std::sort(list.begin(), list.end(),
            [](const Json &a, const Json &b) { return text_of(a) < text_of(b); });
  return list;
}

bool fits_form(const Json &reply, const std::string &form, const Json &wanted) {
  if (form == "any") return !is_error(reply);
  if (form == "error") {
    return is_error(reply) && text_of(reply[kError]).rfind(wanted.get<std::string>(), 0) == 0;
  }
  if (is_error(reply)) return false;
  if (form == "hex") return text_of(reply) == unhex(wanted);
  if (form == "near") return std::abs(std::stod(text_of(reply)) - wanted.get<double>()) < 0.001;
  if (form == "size") return reply.is_array() && reply.size() == wanted;
  if (form == "unordered") return fits(sorted(reply), sorted(wanted));
  if (form == "has") return has(map_of(reply), wanted);
  if (form == "pairs") {
    return map_of(reply).size() == wanted.size() && has(map_of(reply), wanted);
  }
  throw std::invalid_argument(form);
}

}  // namespace

std::string unhex(const std::string &text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

Json value_of(const redisReply *reply) {
  if (reply == nullptr) return {{kError, "the connection is gone"}};
  if (reply->type == REDIS_REPLY_ERROR) return {{kError, std::string(reply->str, reply->len)}};
  if (reply->type == REDIS_REPLY_NIL) return nullptr;
  if (reply->type == REDIS_REPLY_INTEGER) return reply->integer;
  if (reply->type == REDIS_REPLY_ARRAY) {
    Json list = Json::array();
    for (size_t i = 0; i < reply->elements; i++) list.push_back(value_of(reply->element[i]));
    return list;
  }
  return Json::binary(std::vector<std::uint8_t>(reply->str, reply->str + reply->len));
}

bool fits(const Json &reply, const Json &expected) {
  if (expected.is_object()) {
    return fits_form(reply, expected.begin().key(), expected.begin().value());
  }
  if (expected.is_array()) {
    return reply.is_array() && reply.size() == expected.size() &&
           std::equal(reply.begin(), reply.end(), expected.begin(), fits);
  }
  if (expected.is_null() || reply.is_null()) return expected.is_null() && reply.is_null();
  return !reply.is_structured() && text_of(reply) == text_of(expected);
}
