#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long a server may take to finish before it is killed, in milliseconds. */
#define ENDS_WITHIN_MS 10000
#define LONGEST_LINE 8192

extern char **environ;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static server *servers;

/* The value of a member of a flat JSON object as it is written, or NULL. */
static const char *member(const char *json, const char *name) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\":", name);
  const char *found = strstr(json, quoted);
  return found != NULL ? found + strlen(quoted) : NULL;
}

/* Copies a text of JSON; what does not fit, and characters by number, are left out. */
static void copy_text(const char *json, const char *name, char *to, size_t size) {
  const char *from = member(json, name);
  size_t length = 0;
  if (from != NULL && *from == '"') {
    for (from++; *from != '"' && *from != '\0' && length + 1 < size; from++) {
      if (*from == '\\' && from[1] == 'u') {
        from += strnlen(from, 5) - 1;
        continue;
      }
      if (*from == '\\' && from[1] != '\0') from++;
      to[length++] = *from;
    }
  }
  to[length] = '\0';
}

static int copy_number(const char *json, const char *name) {
  const char *from = member(json, name);
  return from != NULL ? atoi(from) : 0;
}

static int same_flags(char **one, const char *const *other) {
  size_t i = 0;
  for (; one[i] != NULL && other[i] != NULL; i++) {
    if (strcmp(one[i], other[i]) != 0) return 0;
  }
  return one[i] == NULL && other[i] == NULL;
}

static void free_words(char **words) {
  for (size_t i = 0; words != NULL && words[i] != NULL; i++) free(words[i]);
  free(words);
}

static char **copy_words(const char *const *words) {
  size_t count = 0;
  while (words[count] != NULL) count++;
  char **copied = calloc(count + 1, sizeof *copied);
  for (size_t i = 0; copied != NULL && i < count; i++) copied[i] = strdup(words[i]);
  return copied;
}

/* Waits for a child to end, up to some milliseconds. Returns whether it did. */
static int ends_within(pid_t child, int *status, int ms) {
  for (; ms > 0; ms--) {
    pid_t ended = waitpid(child, status, WNOHANG);
    if (ended == child || (ended < 0 && errno != EINTR)) return 1;
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  return 0;
}

/* Ends the server, and returns when it is gone. */
static int end(server *it) {
  int status = 0;
  close(it->pipe);
  if (!ends_within(it->child, &status, ENDS_WITHIN_MS)) {
    kill(it->child, SIGKILL);
    waitpid(it->child, &status, 0);
  }
  return status;
}

/* The program's environment, and what keeps Deno to itself. The caller frees the list alone. */
static char **environment_of_server(void) {
  static char no_check[] = "DENO_NO_UPDATE_CHECK=1", no_package[] = "DENO_NO_PACKAGE_JSON=1";
  size_t count = 0;
  while (environ[count] != NULL) count++;
  char **all = calloc(count + 3, sizeof *all);
  if (all == NULL) return NULL;
  all[0] = no_check;
  all[1] = no_package;
  memcpy(all + 2, environ, count * sizeof *all);
  return all;
}

/* Starts a process with pipes at its input and output, of which ours are closed in children. */
static int spawn(server *it, char **words, int *output, reason *why) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0) return refuse(why, "cannot make a pipe: %s", strerror(errno));
  if (pipe2(out, O_CLOEXEC) != 0) {
    close(in[0]);
    close(in[1]);
    return refuse(why, "cannot make a pipe: %s", strerror(errno));
  }
  char **environment = environment_of_server();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  int failure = posix_spawn(&it->child, words[0], &actions, NULL, words,
                            environment != NULL ? environment : environ);
  free(environment);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  it->pipe = in[1];
  *output = out[0];
  if (failure == 0) return 0;
  close(in[1]);
  close(out[0]);
  return refuse(why, "cannot run %s: %s", words[0], strerror(failure));
}

/* Starts the server and waits until it is ready. Returns 0 if it is. */
static int start(server *it, reason *why) {
  char self[16];
  snprintf(self, sizeof self, "%d", (int)getpid());
  const char *words[] = {"--db",     it->path, "--private", "auto",       "--handshake",
                         "--parent", "stdin",  self,        "--loglevel", "warning"};
  size_t count = sizeof words / sizeof *words, flags = 0, at = 0;
  while (it->flags[flags] != NULL) flags++;
  char **all = server_command(count + flags, why);
  if (all == NULL) return -1;
  while (all[at] != NULL) at++;
  for (size_t i = 0; i < count; i++) all[at++] = strdup(words[i]);
  for (size_t i = 0; i < flags; i++) {
    char flag[256];
    snprintf(flag, sizeof flag, "%s%s", i % 2 == 0 ? "--" : "", it->flags[i]);
    all[at++] = strdup(flag);
  }
  int output;
  int failed = spawn(it, all, &output, why);
  free_words(all);
  if (failed) return failed;
  char line[LONGEST_LINE] = "";
  FILE *stream = fdopen(output, "r");
  if (stream == NULL || fgets(line, sizeof line, stream) == NULL) line[0] = '\0';
  if (stream != NULL) fclose(stream);
  it->pid = copy_number(line, "pid");
  if (it->pid != 0) {
    it->port = copy_number(line, "port");
    copy_text(line, "unix", it->unix_path, sizeof it->unix_path);
    copy_text(line, "host", it->host, sizeof it->host);
    copy_text(line, "password", it->password, sizeof it->password);
    return 0;
  }
  int status = end(it);
  char error[1024];
  copy_text(line, "error", error, sizeof error);
  if (error[0] != '\0') return refuse(why, "%s", error);
  return refuse(why, "the server ended with code %d", WEXITSTATUS(status));
}

/* The path without symbolic links, of a file that need not be there. */
static char *real_path(const char *path) {
  char *real = realpath(path, NULL);
  if (real != NULL) return real;
  const char *slash = strrchr(path, '/');
  char folder[PATH_MAX];
  snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path + 1),
           slash == NULL ? "." : path);
  char *real_folder = realpath(folder, NULL);
  if (real_folder == NULL) return strdup(path);
  char *joined = malloc(strlen(real_folder) + strlen(path) + 2);
  if (joined != NULL) sprintf(joined, "%s/%s", real_folder, slash == NULL ? path : slash + 1);
  free(real_folder);
  return joined;
}

static void free_server(server *it) {
  free(it->path);
  free_words(it->flags);
  free(it);
}

server *server_acquire(const char *path, const char *const *flags, reason *why) {
  int shared = strcmp(path, ":memory:") != 0;
  char *real = shared ? real_path(path) : strdup(path);
  if (real == NULL) {
    refuse(why, "out of memory");
    return NULL;
  }
  pthread_mutex_lock(&mutex);
  server *it = shared ? servers : NULL;
  while (it != NULL && (it->owner != getpid() || strcmp(it->path, real) != 0)) it = it->next;
  if (it != NULL && !same_flags(it->flags, flags)) {
    refuse(why, "%s is open in this program with other flags", real);
    it = NULL;
  } else if (it != NULL) {
    it->users++;
  } else if ((it = calloc(1, sizeof *it)) != NULL) {
    it->path = strdup(real);
    it->flags = copy_words(flags);
    it->owner = getpid();
    it->users = 1;
    if (start(it, why) == 0) {
      it->next = servers;
      servers = it;
    } else {
      free_server(it);
      it = NULL;
    }
  }
  pthread_mutex_unlock(&mutex);
  free(real);
  return it;
}

void server_release(server *it) {
  pthread_mutex_lock(&mutex);
  if (--it->users == 0 && it->owner == getpid()) {
    server **link = &servers;
    while (*link != it) link = &(*link)->next;
    *link = it->next;
    end(it);
    free_server(it);
  }
  pthread_mutex_unlock(&mutex);
}
