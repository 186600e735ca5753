/* A queue and the past of a key, in one file. */
#include <redlite.h>
#include <stdio.h>

int main(void) {
  char error[256];
  redlite_db *db = redlite_open("example.db", NULL, error, sizeof error);
  if (db == NULL) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  redisContext *redis = redlite_context(db);
  freeReplyObject(redisCommand(redis, "FLUSHALL"));
  freeReplyObject(redisCommand(redis, "RPUSH queue first second"));
  redisReply *next = redisCommand(redis, "LPOP queue");
  printf("next: %s\n", next->str);
  freeReplyObject(next);

  freeReplyObject(redlite_history_enable(db, "price"));
  freeReplyObject(redisCommand(redis, "SET price 10"));
  freeReplyObject(redisCommand(redis, "SET price 12"));
  redisReply *events = redlite_history_get(db, "price");
  for (size_t i = 0; i < events->elements && i < 2; i++) {
    /* Names and values by turns; the last value is what the key held. */
    redisReply *event = events->element[i];
    printf("price: %s\n", event->element[event->elements - 1]->str);
  }
  freeReplyObject(events);
  redlite_close(db);
  return 0;
}
