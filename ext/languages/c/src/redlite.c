#include "redlite.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server.h"

struct redlite_db {
  server *server;
  redisContext *context;
};

/* Most flags that can be given, names and values together. */
#define MOST_FLAGS 64

/* Words of a command, as they are put together. */
typedef struct {
  size_t count;
  const char **words;
  size_t *lengths;
} command;

static int grow(command *it, size_t count) {
  it->words = calloc(count, sizeof *it->words);
  it->lengths = calloc(count, sizeof *it->lengths);
  if (it->words != NULL && it->lengths != NULL) return 1;
  free(it->words);
  free(it->lengths);
  return 0;
}

static void add_bytes(command *it, const void *bytes, size_t length) {
  it->words[it->count] = bytes;
  it->lengths[it->count++] = length;
}

static void add(command *it, const char *word) { add_bytes(it, word, strlen(word)); }

static redisReply *run_command(redlite_db *db, command *it) {
  redisReply *reply = redisCommandArgv(db->context, (int)it->count, it->words, it->lengths);
  free(it->words);
  free(it->lengths);
  return reply;
}

/* Runs the words up to NULL, and after them some more. */
static redisReply *run(redlite_db *db, const char *const *words, int argc, const char **argv) {
  size_t count = 0;
  while (words[count] != NULL) count++;
  command it = {0};
  if (!grow(&it, count + (size_t)argc)) return NULL;
  for (size_t i = 0; i < count; i++) add(&it, words[i]);
  for (int i = 0; i < argc; i++) add(&it, argv[i]);
  return run_command(db, &it);
}

#define RUN(db, ...) run(db, (const char *const[]){__VA_ARGS__, NULL}, 0, NULL)

/* The flags, and that a write is answered when it is committed unless one says otherwise. */
static int with_defaults(const char *const *flags, const char **all, reason *why) {
  size_t count = 0;
  int said = 0;
  for (; flags != NULL && flags[count] != NULL; count++) {
    if (count == MOST_FLAGS) return refuse(why, "there are too many flags");
    all[count] = flags[count];
    said = said || (count % 2 == 0 && strcmp(flags[count], "appendfsync") == 0);
  }
  if (count % 2 != 0) return refuse(why, "the flag %s has no value", flags[count - 1]);
  if (!said) {
    all[count++] = "appendfsync";
    all[count++] = "everysec";
  }
  all[count] = NULL;
  return 0;
}

redisContext *redlite_connect(redlite_db *db) {
  const server *it = db->server;
  if (it->unix_path[0] != '\0') return redisConnectUnix(it->unix_path);
  redisContext *context = redisConnect(it->host, it->port);
  if (context == NULL || context->err != 0) return context;
  redisReply *reply = redisCommand(context, "AUTH %s", it->password);
  freeReplyObject(reply);
  return context;
}

redlite_db *redlite_open(const char *path, const char *const *flags, char *error, size_t size) {
  reason why = {error, size};
  const char *all[MOST_FLAGS + 3];
  if (with_defaults(flags, all, &why) != 0) return NULL;
  redlite_db *db = calloc(1, sizeof *db);
  if (db == NULL) {
    refuse(&why, "out of memory");
    return NULL;
  }
  db->server = server_acquire(path, all, &why);
  if (db->server == NULL) {
    free(db);
    return NULL;
  }
  db->context = redlite_connect(db);
  if (db->context != NULL && db->context->err == 0) return db;
  refuse(&why, "%s", db->context == NULL ? "out of memory" : db->context->errstr);
  redlite_close(db);
  return NULL;
}

void redlite_close(redlite_db *db) {
  if (db == NULL) return;
  if (db->context != NULL) redisFree(db->context);
  server_release(db->server);
  free(db);
}

redisContext *redlite_context(redlite_db *db) { return db->context; }

int redlite_server_pid(const redlite_db *db) { return db->server->pid; }

redisReply *redlite_history_enable(redlite_db *db, const char *key) {
  if (key == NULL) return RUN(db, "HISTORY", "ENABLE", "GLOBAL");
  return RUN(db, "HISTORY", "ENABLE", "KEY", key);
}

redisReply *redlite_history_disable(redlite_db *db, const char *key) {
  if (key == NULL) return RUN(db, "HISTORY", "DISABLE", "GLOBAL");
  return RUN(db, "HISTORY", "DISABLE", "KEY", key);
}

redisReply *redlite_history_get(redlite_db *db, const char *key) {
  return RUN(db, "HISTORY", "GET", key);
}

/* An integer or a coordinate as text; 17 digits tell doubles apart. */
#define NUMBER(name, format, value) \
  char name[40];                    \
  snprintf(name, sizeof name, format, value)

redisReply *redlite_history_get_at(redlite_db *db, const char *key, long long moment) {
  NUMBER(at, "%lld", moment);
  return RUN(db, "HISTORY", "GETAT", key, at);
}

redisReply *redlite_history_at(redlite_db *db, long long moment, int argc, const char **argv) {
  NUMBER(at, "%lld", moment);
  return run(db, (const char *const[]){"HISTORY", "AT", at, NULL}, argc, argv);
}

redisReply *redlite_history_revert(redlite_db *db, const char *key, long long moment) {
  NUMBER(at, "%lld", moment);
  return RUN(db, "HISTORY", "REVERT", key, at);
}

redisReply *redlite_keyinfo(redlite_db *db, const char *key) { return RUN(db, "KEYINFO", key); }

redisReply *redlite_vacuum(redlite_db *db) { return RUN(db, "VACUUM"); }

redisReply *redlite_sql(redlite_db *db, const char *statement, int argc, const char **argv) {
  return run(db, (const char *const[]){"SQL", statement, NULL}, argc, argv);
}

redisReply *redlite_backup(redlite_db *db, const char *path) {
  if (path[0] == '/') return RUN(db, "BACKUP", path);
  /* A relative path is this program's, not the server's. */
  char folder[PATH_MAX], full[2 * PATH_MAX];
  if (getcwd(folder, sizeof folder) == NULL) return NULL;
  snprintf(full, sizeof full, "%s/%s", folder, path);
  return RUN(db, "BACKUP", full);
}

redisReply *redlite_search_create(redlite_db *db, const char *index, const char *prefix, int argc,
                                  const char **schema) {
  const char *const words[] = {"FT.CREATE", index,  "ON",     "HASH", "PREFIX",
                               "1",         prefix, "SCHEMA", NULL};
  return run(db, words, argc, schema);
}

redisReply *redlite_search_query(redlite_db *db, const char *index, const char *query) {
  return RUN(db, "FT.SEARCH", index, query);
}

redisReply *redlite_search_drop(redlite_db *db, const char *index) {
  return RUN(db, "FT.DROPINDEX", index);
}

/* Adds a vector as the server reads it: little-endian floats. Returns the bytes to free. */
static unsigned char *add_vector(command *it, const float *vector, size_t length) {
  unsigned char *bytes = malloc(length > 0 ? length * 4 : 1);
  for (size_t i = 0; bytes != NULL && i < length; i++) {
    unsigned int bits;
    memcpy(&bits, &vector[i], sizeof bits);
    for (int byte = 0; byte < 4; byte++) bytes[i * 4 + byte] = bits >> (8 * byte) & 0xff;
  }
  add(it, "FP32");
  add_bytes(it, bytes, bytes == NULL ? 0 : length * 4);
  return bytes;
}

redisReply *redlite_vectors_add(redlite_db *db, const char *key, const char *element,
                                const float *vector, size_t length, const char *attributes) {
  command it = {0};
  if (!grow(&it, 7)) return NULL;
  add(&it, "VADD");
  add(&it, key);
  unsigned char *bytes = add_vector(&it, vector, length);
  add(&it, element);
  if (attributes != NULL) {
    add(&it, "SETATTR");
    add(&it, attributes);
  }
  redisReply *reply = run_command(db, &it);
  free(bytes);
  return reply;
}

redisReply *redlite_vectors_similar(redlite_db *db, const char *key, const float *vector,
                                    size_t length, int count, const char *filter) {
  NUMBER(most, "%d", count);
  command it = {0};
  if (!grow(&it, 9)) return NULL;
  add(&it, "VSIM");
  add(&it, key);
  unsigned char *bytes = add_vector(&it, vector, length);
  add(&it, "WITHSCORES");
  add(&it, "COUNT");
  add(&it, most);
  if (filter != NULL) {
    add(&it, "FILTER");
    add(&it, filter);
  }
  redisReply *reply = run_command(db, &it);
  free(bytes);
  return reply;
}

redisReply *redlite_vectors_attributes(redlite_db *db, const char *key, const char *element) {
  return RUN(db, "VGETATTR", key, element);
}

redisReply *redlite_vectors_remove(redlite_db *db, const char *key, const char *element) {
  return RUN(db, "VREM", key, element);
}

redisReply *redlite_geo_add(redlite_db *db, const char *key, const char *member, double longitude,
                            double latitude) {
  NUMBER(x, "%.17g", longitude);
  NUMBER(y, "%.17g", latitude);
  return RUN(db, "GEOADD", key, x, y, member);
}

redisReply *redlite_geo_position(redlite_db *db, const char *key, const char *member) {
  return RUN(db, "GEOPOS", key, member);
}

redisReply *redlite_geo_distance(redlite_db *db, const char *key, const char *one,
                                 const char *other, const char *unit) {
  return RUN(db, "GEODIST", key, one, other, unit);
}

redisReply *redlite_geo_search(redlite_db *db, const char *key, double longitude, double latitude,
                               double radius, const char *unit) {
  NUMBER(x, "%.17g", longitude);
  NUMBER(y, "%.17g", latitude);
  NUMBER(r, "%.17g", radius);
  return RUN(db, "GEOSEARCH", key, "FROMLONLAT", x, y, "BYRADIUS", r, unit, "ASC");
}

redisReply *redlite_json_set(redlite_db *db, const char *key, const char *path, const char *json) {
  return RUN(db, "JSON.SET", key, path, json);
}

redisReply *redlite_json_get(redlite_db *db, const char *key, const char *path) {
  return RUN(db, "JSON.GET", key, path);
}

redisReply *redlite_json_merge(redlite_db *db, const char *key, const char *path,
                               const char *json) {
  return RUN(db, "JSON.MERGE", key, path, json);
}

redisReply *redlite_json_delete(redlite_db *db, const char *key, const char *path) {
  return RUN(db, "JSON.DEL", key, path);
}
