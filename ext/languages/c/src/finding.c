/* Finds the program that is the server. */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server.h"

#define PACKAGE "jsr:@redlite/redlite/server"
#define MOST_WORDS 8

int refuse(reason *why, const char *format, ...) {
  va_list values;
  va_start(values, format);
  if (why->text != NULL && why->size > 0) vsnprintf(why->text, why->size, format, values);
  va_end(values);
  return -1;
}

static int can_be_run(const char *path) {
  struct stat facts;
  return stat(path, &facts) == 0 && S_ISREG(facts.st_mode) && access(path, X_OK) == 0;
}

/* The path of a program on the PATH, or NULL. */
static char *find(const char *name) {
  if (strchr(name, '/') != NULL) return can_be_run(name) ? strdup(name) : NULL;
  const char *folders = getenv("PATH");
  while (folders != NULL && *folders != '\0') {
    size_t length = strcspn(folders, ":");
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%.*s/%s", (int)length, folders, name);
    if (size > 0 && (size_t)size < sizeof path && can_be_run(path)) return strdup(path);
    folders += length + (folders[length] == ':');
  }
  return NULL;
}

/* A variable of the environment, if it is not empty. */
static const char *variable(const char *name) {
  const char *value = getenv(name);
  return value != NULL && *value != '\0' ? value : NULL;
}

char **server_command(size_t room, reason *why) {
  const char *named = variable("REDLITE_BIN");
  char *program = find(named != NULL ? named : "redlite");
  if (program == NULL && named != NULL) {
    refuse(why, "REDLITE_BIN names %s, which is no program that can be run", named);
    return NULL;
  }
  const char *source = variable("REDLITE_SERVER");
  int by_deno = program == NULL;
  if (by_deno) program = find("deno");
  if (program == NULL) {
    refuse(why,
           "no Redlite server found: install Deno from https://deno.com, "
           "or set REDLITE_BIN to a redlite program");
    return NULL;
  }
  char **words = calloc(MOST_WORDS + room + 1, sizeof *words);
  if (words == NULL) {
    free(program);
    refuse(why, "out of memory");
    return NULL;
  }
  size_t count = 0;
  words[count++] = program;
  if (by_deno) {
    words[count++] = strdup("run");
    words[count++] = strdup("-A");
    words[count++] = strdup("--quiet");
    if (source == NULL) words[count++] = strdup("--no-config");
    words[count++] = strdup(source != NULL ? source : PACKAGE);
  }
  return words;
}
