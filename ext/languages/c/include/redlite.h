/* Redis in one SQLite file: hiredis connected to a private Redlite server, which starts with the
 * first open and ends with the program. */
#ifndef REDLITE_H
#define REDLITE_H

#include <hiredis/hiredis.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A database file that is open. Threads may each open the file; one is for one thread at a time. */
typedef struct redlite_db redlite_db;

/* Opens a database file, or ":memory:".
 *
 * `flags` are names and values of the server's flags by turns, as "cache", "256", NULL; or NULL.
 * Opens of one file in one program share a server and its flags. Returns NULL if it cannot be
 * opened, and puts the reason into `error`, which has room for `size` bytes. */
redlite_db *redlite_open(const char *path, const char *const *flags, char *error, size_t size);

/* Closes it; the last to close a file ends its server. NULL is closed already. */
void redlite_close(redlite_db *db);

/* hiredis's connection, for every command that there is. */
redisContext *redlite_context(redlite_db *db);

/* Another connection to the same server, which the caller frees before it closes the file. */
redisContext *redlite_connect(redlite_db *db);

/* The process of the server. */
int redlite_server_pid(const redlite_db *db);

/* The methods below return hiredis's reply, which the caller frees, of type REDIS_REPLY_ERROR for
 * an error, and NULL if the connection is gone. Keys and values are texts; for bytes there is
 * redisCommandArgv. A moment is a Unix time in milliseconds. */

/* Begins the history of a key, or of all if it is NULL. */
redisReply *redlite_history_enable(redlite_db *db, const char *key);
redisReply *redlite_history_disable(redlite_db *db, const char *key);
/* What happened to a key, the latest first. */
redisReply *redlite_history_get(redlite_db *db, const char *key);
/* What a key held at a moment. */
redisReply *redlite_history_get_at(redlite_db *db, const char *key, long long moment);
/* The reply of a command that only reads, as of a moment. */
redisReply *redlite_history_at(redlite_db *db, long long moment, int argc, const char **argv);
/* Gives a key what it held at a moment. */
redisReply *redlite_history_revert(redlite_db *db, const char *key, long long moment);

/* What is known of a key: names and values by turns; nil without it. */
redisReply *redlite_keyinfo(redlite_db *db, const char *key);
/* Rewrites the file without what was deleted. */
redisReply *redlite_vacuum(redlite_db *db);
/* Runs a query on the file: "columns" and "rows". */
redisReply *redlite_sql(redlite_db *db, const char *statement, int argc, const char **argv);
/* Writes a copy of one moment into a file below the database's directory. */
redisReply *redlite_backup(redlite_db *db, const char *path);

/* Indexes the hashes whose keys begin with a prefix; the schema is fields and types by turns. */
redisReply *redlite_search_create(redlite_db *db, const char *index, const char *prefix, int argc,
                                  const char **schema);
redisReply *redlite_search_query(redlite_db *db, const char *index, const char *query);
redisReply *redlite_search_drop(redlite_db *db, const char *index);

/* Adds an element to a vector set; attributes are JSON, or NULL. */
redisReply *redlite_vectors_add(redlite_db *db, const char *key, const char *element,
                                const float *vector, size_t length, const char *attributes);
/* The nearest elements and their similarities by turns; the filter may be NULL. */
redisReply *redlite_vectors_similar(redlite_db *db, const char *key, const float *vector,
                                    size_t length, int count, const char *filter);
redisReply *redlite_vectors_attributes(redlite_db *db, const char *key, const char *element);
redisReply *redlite_vectors_remove(redlite_db *db, const char *key, const char *element);

redisReply *redlite_geo_add(redlite_db *db, const char *key, const char *member, double longitude,
                            double latitude);
/* An array of one: longitude and latitude, or nil. */
redisReply *redlite_geo_position(redlite_db *db, const char *key, const char *member);
redisReply *redlite_geo_distance(redlite_db *db, const char *key, const char *one,
                                 const char *other, const char *unit);
/* The places within a circle, the nearest first. */
redisReply *redlite_geo_search(redlite_db *db, const char *key, double longitude, double latitude,
                               double radius, const char *unit);

/* Documents, as their JSON texts. */
redisReply *redlite_json_set(redlite_db *db, const char *key, const char *path, const char *json);
redisReply *redlite_json_get(redlite_db *db, const char *key, const char *path);
redisReply *redlite_json_merge(redlite_db *db, const char *key, const char *path, const char *json);
redisReply *redlite_json_delete(redlite_db *db, const char *key, const char *path);

#ifdef __cplusplus
}
#endif

#endif
