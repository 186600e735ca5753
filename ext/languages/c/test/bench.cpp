// Prints how long opening takes, and how many operations a second there are, as a line of JSON.
#include <stdlib.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <redlite.hpp>

namespace {

constexpr int kCount = 3000;
constexpr int kBatches = 20;

double seconds_of(const std::function<void()> &work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace

int main() {
  char directory[] = "/tmp/redlite-bench-XXXXXX";
  if (mkdtemp(directory) == nullptr) return 1;
  std::optional<redlite::Database> db;
  const double open = seconds_of([&] {
    db.emplace(std::string(directory) + "/app.db");
    db->command({"PING"});
  });
  redisContext *redis = db->context();
  const double set = seconds_of([&] {
    for (int i = 0; i < kCount; i++) freeReplyObject(redisCommand(redis, "SET key:%d value", i));
  });
  const double get = seconds_of([&] {
    for (int i = 0; i < kCount; i++) freeReplyObject(redisCommand(redis, "GET key:%d", i));
  });
  const double pipelined = seconds_of([&] {
    for (int batch = 0; batch < kBatches; batch++) {
      for (int i = 0; i < 1000; i++) redisAppendCommand(redis, "GET key:%d", i);
      for (int i = 0; i < 1000; i++) {
        void *reply = nullptr;
        if (redisGetReply(redis, &reply) == REDIS_OK) freeReplyObject(reply);
      }
    }
  });
  db.reset();
  std::filesystem::remove_all(directory);
  std::printf("{\"open_ms\": %f, \"set\": %f, \"get\": %f, \"pipelined\": %f}\n", open * 1000,
              kCount / set, kCount / get, kBatches * 1000 / pipelined);
  return 0;
}
