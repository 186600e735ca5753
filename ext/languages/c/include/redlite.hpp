// The same for C++17: a file that closes itself, replies that free themselves, errors as
// exceptions.
#ifndef REDLITE_HPP
#define REDLITE_HPP

#include <redlite.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redlite {

// The file cannot be opened, or the server answers with an error; the message says why.
class Error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct FreeReply {
  void operator()(redisReply *reply) const { freeReplyObject(reply); }
};

// A reply of hiredis that frees itself.
using Reply = std::unique_ptr<redisReply, FreeReply>;

// A text or number of a reply, which nothing is without a value.
using Value = std::optional<std::string>;

using Row = std::map<std::string, Value>;

struct Event {
  long long version;
  std::string operation;
  std::string type;
  long long timestamp;
  // What a string held; nothing for other types, whose elements redlite_history_get has.
  Value data;
};

struct Document {
  std::string key;
  Row fields;
};

struct Found {
  long long total;
  std::vector<Document> documents;
};

// A database file that is open, with hiredis's connection.
class Database {
 public:
  using Flags = std::map<std::string, std::string>;

  // Opens a file, or ":memory:". The flags are the server's, as {"cache", "256"}; opens of one file
  // in one program share them.
  explicit Database(const std::string &path, const Flags &flags = {}) {
    std::vector<const char *> words;
    for (const auto &[flag, value] : flags) {
      words.push_back(flag.c_str());
      words.push_back(value.c_str());
    }
    words.push_back(nullptr);
    char error[1024] = "";
    db_.reset(redlite_open(path.c_str(), words.data(), error, sizeof error));
    if (db_ == nullptr) throw Error(error);
  }

  // hiredis's connection.
  redisContext *context() const { return redlite_context(db_.get()); }

  // What the functions of redlite.h take.
  redlite_db *get() const { return db_.get(); }

  int server_pid() const { return redlite_server_pid(db_.get()); }

  // Runs a command of any bytes.
  Reply command(const std::vector<std::string> &words) const {
    std::vector<const char *> texts;
    std::vector<size_t> lengths;
    for (const std::string &word : words) {
      texts.push_back(word.data());
      lengths.push_back(word.size());
    }
    const int count = static_cast<int>(words.size());
    return checked(redisCommandArgv(context(), count, texts.data(), lengths.data()));
  }

  void history_enable(const std::string &key) const {
    checked(redlite_history_enable(get(), key.c_str()));
  }

  void history_disable(const std::string &key) const {
    checked(redlite_history_disable(get(), key.c_str()));
  }

  // What happened to a key, the latest first.
  std::vector<Event> history_get(const std::string &key) const {
    const Reply reply = checked(redlite_history_get(get(), key.c_str()));
    std::vector<Event> events;
    for (size_t i = 0; i < reply->elements; i++) {
      Row fields = row_of(reply->element[i]);
      events.push_back({std::atoll(fields["version"].value_or("").c_str()),
                        fields["operation"].value_or(""), fields["type"].value_or(""),
                        std::atoll(fields["timestamp"].value_or("").c_str()), fields["data"]});
    }
    return events;
  }

  Reply history_get_at(const std::string &key, long long moment) const {
    return checked(redlite_history_get_at(get(), key.c_str(), moment));
  }

  // The reply of a command that only reads, as of a moment.
  Reply history_at(long long moment, const std::vector<std::string> &words) const {
    std::vector<const char *> texts = texts_of(words);
    const int count = static_cast<int>(texts.size());
    return checked(redlite_history_at(get(), moment, count, texts.data()));
  }

  void history_revert(const std::string &key, long long moment) const {
    checked(redlite_history_revert(get(), key.c_str(), moment));
  }

  // What is known of a key, if it is there.
  std::optional<Row> keyinfo(const std::string &key) const {
    const Reply reply = checked(redlite_keyinfo(get(), key.c_str()));
    if (reply->type == REDIS_REPLY_NIL) return std::nullopt;
    return row_of(reply.get());
  }

  // Rewrites the file without what was deleted, and returns its size before and after.
  Row vacuum() const { return row_of(checked(redlite_vacuum(get())).get()); }

  // Writes a copy of one moment into a file below the database's directory.
  Row backup(const std::string &path) const {
    return row_of(checked(redlite_backup(get(), path.c_str())).get());
  }

  // Runs a query on the file, and returns its rows by column.
  std::vector<Row> sql(const std::string &statement,
                       const std::vector<std::string> &values = {}) const {
    std::vector<const char *> texts = texts_of(values);
    const int count = static_cast<int>(texts.size());
    const Reply reply = checked(redlite_sql(get(), statement.c_str(), count, texts.data()));
    std::vector<Row> rows;
    const redisReply *columns = reply->element[1], *all = reply->element[3];
    for (size_t i = 0; i < all->elements; i++) {
      Row &row = rows.emplace_back();
      for (size_t j = 0; j < columns->elements; j++) {
        row[*value_of(columns->element[j])] = value_of(all->element[i]->element[j]);
      }
    }
    return rows;
  }

  // Indexes the hashes whose keys begin with a prefix; the schema is fields and their types.
  void search_create(const std::string &index, const std::string &prefix,
                     const std::map<std::string, std::string> &schema) const {
    std::vector<const char *> words;
    for (const auto &[field, type] : schema) {
      words.push_back(field.c_str());
      words.push_back(type.c_str());
    }
    const int count = static_cast<int>(words.size());
    checked(redlite_search_create(get(), index.c_str(), prefix.c_str(), count, words.data()));
  }

  Found search_query(const std::string &index, const std::string &query) const {
    const Reply reply = checked(redlite_search_query(get(), index.c_str(), query.c_str()));
    Found found{reply->element[0]->integer, {}};
    for (size_t i = 1; i + 1 < reply->elements; i += 2) {
      found.documents.push_back({*value_of(reply->element[i]), row_of(reply->element[i + 1])});
    }
    return found;
  }

  void search_drop(const std::string &index) const {
    checked(redlite_search_drop(get(), index.c_str()));
  }

  // Adds an element to a vector set; attributes are JSON, or empty.
  void vectors_add(const std::string &key, const std::string &element,
                   const std::vector<float> &vector, const std::string &attributes = "") const {
    checked(redlite_vectors_add(get(), key.c_str(), element.c_str(), vector.data(), vector.size(),
                                attributes.empty() ? nullptr : attributes.c_str()));
  }

  // The elements nearest to a vector, each with its similarity. An empty filter lets all pass.
  std::vector<std::pair<std::string, double>> vectors_similar(
      const std::string &key, const std::vector<float> &vector, int count = 10,
      const std::string &filter = "") const {
    const char *only = filter.empty() ? nullptr : filter.c_str();
    const Reply reply = checked(
        redlite_vectors_similar(get(), key.c_str(), vector.data(), vector.size(), count, only));
    std::vector<std::pair<std::string, double>> found;
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
      const std::string score = *value_of(reply->element[i + 1]);
      found.emplace_back(*value_of(reply->element[i]), std::strtod(score.c_str(), nullptr));
    }
    return found;
  }

  // An element's attributes, as JSON.
  Value vectors_attributes(const std::string &key, const std::string &element) const {
    return value_of(checked(redlite_vectors_attributes(get(), key.c_str(), element.c_str())).get());
  }

  void vectors_remove(const std::string &key, const std::string &element) const {
    checked(redlite_vectors_remove(get(), key.c_str(), element.c_str()));
  }

  void geo_add(const std::string &key, const std::string &member, double longitude,
               double latitude) const {
    checked(redlite_geo_add(get(), key.c_str(), member.c_str(), longitude, latitude));
  }

  // A place's longitude and latitude, if it is there.
  std::optional<std::pair<double, double>> geo_position(const std::string &key,
                                                        const std::string &member) const {
    const Reply reply = checked(redlite_geo_position(get(), key.c_str(), member.c_str()));
    const redisReply *place = reply->element[0];
    if (place->type == REDIS_REPLY_NIL) return std::nullopt;
    return std::pair(std::strtod(place->element[0]->str, nullptr),
                     std::strtod(place->element[1]->str, nullptr));
  }

  // How far two places are from each other, if both are there.
  std::optional<double> geo_distance(const std::string &key, const std::string &one,
                                     const std::string &other,
                                     const std::string &unit = "m") const {
    const Reply reply =
        checked(redlite_geo_distance(get(), key.c_str(), one.c_str(), other.c_str(), unit.c_str()));
    if (reply->type == REDIS_REPLY_NIL) return std::nullopt;
    return std::strtod(reply->str, nullptr);
  }

  // The places within a circle, the nearest first.
  std::vector<std::string> geo_search(const std::string &key, double longitude, double latitude,
                                      double radius, const std::string &unit = "m") const {
    const Reply reply =
        checked(redlite_geo_search(get(), key.c_str(), longitude, latitude, radius, unit.c_str()));
    std::vector<std::string> members;
    for (size_t i = 0; i < reply->elements; i++) members.push_back(*value_of(reply->element[i]));
    return members;
  }

  // Documents, as their JSON texts.
  void json_set(const std::string &key, const std::string &path, const std::string &json) const {
    checked(redlite_json_set(get(), key.c_str(), path.c_str(), json.c_str()));
  }

  Value json_get(const std::string &key, const std::string &path = "$") const {
    return value_of(checked(redlite_json_get(get(), key.c_str(), path.c_str())).get());
  }

  void json_merge(const std::string &key, const std::string &path, const std::string &json) const {
    checked(redlite_json_merge(get(), key.c_str(), path.c_str(), json.c_str()));
  }

  // Deletes what is at a path, and returns how many values that were.
  long long json_delete(const std::string &key, const std::string &path = "$") const {
    return checked(redlite_json_delete(get(), key.c_str(), path.c_str()))->integer;
  }

  // A reply that is no error. Throws an Error if it is, or if the connection is gone.
  Reply checked(void *reply) const {
    if (reply == nullptr) throw Error(context()->errstr);
    Reply owned(static_cast<redisReply *>(reply));
    if (owned->type == REDIS_REPLY_ERROR) throw Error(std::string(owned->str, owned->len));
    return owned;
  }

  // What a reply says, if it is no array.
  static Value value_of(const redisReply *reply) {
    if (reply->type == REDIS_REPLY_INTEGER) return std::to_string(reply->integer);
    if (reply->str == nullptr) return std::nullopt;
    return std::string(reply->str, reply->len);
  }

  // A map, which comes as names and values by turns. What is an array is left out.
  static Row row_of(const redisReply *reply) {
    Row row;
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
      row[*value_of(reply->element[i])] = value_of(reply->element[i + 1]);
    }
    return row;
  }

 private:
  struct Close {
    void operator()(redlite_db *db) const { redlite_close(db); }
  };

  static std::vector<const char *> texts_of(const std::vector<std::string> &words) {
    std::vector<const char *> texts;
    for (const std::string &word : words) texts.push_back(word.c_str());
    return texts;
  }

  std::unique_ptr<redlite_db, Close> db_;
};

}  // namespace redlite

#endif
