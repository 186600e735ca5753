#include "methods.hpp"

#include <functional>

namespace {

using redlite::Database;
using redlite::Row;
using redlite::Value;
using Method = std::function<Json(const Database &, const Json &)>;

Json json_of(const Value &value) { return value ? Json(*value) : Json(nullptr); }

Json json_of(const Row &row) {
  Json object = Json::object();
  for (const auto &[name, value] : row) object[name] = json_of(value);
  return object;
}

Json parsed(const Value &text) { return text ? Json::parse(*text) : Json(nullptr); }

std::vector<std::string> texts(const Json &args, size_t from) {
  std::vector<std::string> words;
  for (size_t i = from; i < args.size(); i++) words.push_back(args[i]);
  return words;
}

const std::map<std::string, Method> kMethods = {
    {"backup", [](auto &db, auto &args) { return json_of(db.backup(args[0])); }},
    {"keyinfo",
     [](auto &db, auto &args) {
       const auto facts = db.keyinfo(args[0]);
       return facts ? json_of(*facts) : Json(nullptr);
     }},
    {"sql",
     [](auto &db, auto &args) {
       Json rows = Json::array();
       for (const Row &row : db.sql(args[0], texts(args, 1))) rows.push_back(json_of(row));
       return rows;
     }},
    {"vacuum", [](auto &db, auto &) { return json_of(db.vacuum()); }},
    {"geo.add",
     [](auto &db, auto &args) {
       db.geo_add(args[0], args[1], args[2], args[3]);
       return Json();
     }},
    {"geo.distance",
     [](auto &db, auto &args) {
       const auto distance = db.geo_distance(args[0], args[1], args[2], args[3]);
       return distance ? Json(*distance) : Json(nullptr);
     }},
    {"geo.position",
     [](auto &db, auto &args) {
       const auto place = db.geo_position(args[0], args[1]);
       return place ? Json({place->first, place->second}) : Json(nullptr);
     }},
    {"geo.search",
     [](auto &db, auto &args) {
       return Json(db.geo_search(args[0], args[1], args[2], args[3], args[4]));
     }},
    {"history.at",
     [](auto &db, auto &args) { return value_of(db.history_at(args[0], texts(args, 1)).get()); }},
    {"history.disable",
     [](auto &db, auto &args) {
       db.history_disable(args[0]);
       return Json();
     }},
    {"history.enable",
     [](auto &db, auto &args) {
       db.history_enable(args[0]);
       return Json();
     }},
    {"history.get",
     [](auto &db, auto &args) {
       Json events = Json::array();
       for (const auto &event : db.history_get(args[0])) {
         events.push_back(
             {{"version", event.version}, {"operation", event.operation}, {"type", event.type}});
       }
       return events;
     }},
    {"history.get_at",
     [](auto &db, auto &args) { return value_of(db.history_get_at(args[0], args[1]).get()); }},
    {"history.revert",
     [](auto &db, auto &args) {
       db.history_revert(args[0], args[1]);
       return Json();
     }},
    {"json.delete", [](auto &db, auto &args) { return Json(db.json_delete(args[0], args[1])); }},
    {"json.get", [](auto &db, auto &args) { return parsed(db.json_get(args[0], args[1])); }},
    {"json.merge",
     [](auto &db, auto &args) {
       db.json_merge(args[0], args[1], args[2].dump());
       return Json();
     }},
    {"json.set",
     [](auto &db, auto &args) {
       db.json_set(args[0], args[1], args[2].dump());
       return Json();
     }},
    {"search.create",
     [](auto &db, auto &args) {
       db.search_create(args[0], args[1], args[2]);
       return Json();
     }},
    {"search.drop",
     [](auto &db, auto &args) {
       db.search_drop(args[0]);
       return Json();
     }},
    {"search.query",
     [](auto &db, auto &args) {
       const auto found = db.search_query(args[0], args[1]);
       Json documents = Json::array();
       for (const auto &[key, fields] : found.documents) {
         documents.push_back({{"key", key}, {"fields", json_of(fields)}});
       }
       return Json{{"total", found.total}, {"documents", documents}};
     }},
    {"vectors.add",
     [](auto &db, auto &args) {
       db.vectors_add(args[0], args[1], args[2], args[3].dump());
       return Json();
     }},
    {"vectors.attributes",
     [](auto &db, auto &args) { return parsed(db.vectors_attributes(args[0], args[1])); }},
    {"vectors.remove",
     [](auto &db, auto &args) {
       db.vectors_remove(args[0], args[1]);
       return Json();
     }},
    {"vectors.similar",
     [](auto &db, auto &args) {
       const std::string filter = args.size() > 3 ? args[3] : Json("");
       Json found = Json::array();
       for (const auto &[element, score] : db.vectors_similar(args[0], args[1], args[2], filter)) {
         found.push_back(Json::array({element, score}));
       }
       return found;
     }},
};

}  // namespace

Json call_method(const Database &db, const std::string &name, const Json &args) {
  try {
    return kMethods.at(name)(db, args);
  } catch (const redlite::Error &error) {
    return {{"an error", error.what()}};
  }
}
