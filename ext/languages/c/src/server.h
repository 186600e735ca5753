/* The server of a database file: found, started, shared by all who open the file, and ended. */
#ifndef REDLITE_SERVER_H
#define REDLITE_SERVER_H

#include <stddef.h>
#include <sys/types.h>

/* Where the reason of a failure goes. */
typedef struct {
  char *text;
  size_t size;
} reason;

/* Sets the reason, as printf does. Returns -1. */
int refuse(reason *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A server process that somebody in this program uses. */
typedef struct server {
  char *path;
  char **flags;
  int users;
  /* The process that started it; a forked child has servers of its own. */
  pid_t owner;
  pid_t child;
  /* The end of the pipe that holds the server. */
  int pipe;
  /* What it said when it was ready. */
  int pid;
  int port;
  char unix_path[256];
  char host[64];
  char password[128];
  struct server *next;
} server;

/* The words that start a server, by where it is found, and NULL; NULL with a reason if nowhere.
 * `room` is how many further words there have to be room for. The caller frees words and list. */
char **server_command(size_t room, reason *why);

server *server_acquire(const char *path, const char *const *flags, reason *why);
void server_release(server *it);

#endif
