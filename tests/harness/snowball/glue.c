/* What is compiled with Snowball's C: the memory it asks for, and one function over all languages. */
#include "stdlib.h"
#include "runtime/api.h"
#include "languages.h" /* written by build.sh: `creators` and `stemmers` */

#define COUNT (sizeof(stemmers) / sizeof(stemmers[0]))
#define ROOM 1024
static struct SN_env *environments[COUNT];
unsigned char word[ROOM];
extern unsigned char __heap_base;
static size_t top;
static void *bins[32];
static int bin(size_t n) { int b = 4; while (((size_t)1 << b) < n) b++; return b; }
void *memset(void *d, int v, size_t n) { return __builtin_memset(d, v, n); }
void *memcpy(void *d, const void *s, size_t n) { return __builtin_memcpy(d, s, n); }
void *memmove(void *d, const void *s, size_t n) { return __builtin_memmove(d, s, n); }
int memcmp(const void *a, const void *b, size_t n) {
  const unsigned char *x = a, *y = b;
  for (; n; n--, x++, y++) if (*x != *y) return *x - *y;
  return 0;
}
void *malloc(size_t n) {
  int b = bin(n + 8);
  char *p = bins[b];
  if (p) { bins[b] = *(void **)(p + 8); return p + 8; }
  if (!top) top = ((size_t)&__heap_base + 15) & ~(size_t)15;
  size_t end = top + ((size_t)1 << b), have = __builtin_wasm_memory_size(0) * 65536;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) / 65536) == (size_t)-1) return NULL;
  p = (char *)top; top = end; *(int *)p = b;
  return p + 8;
}
void free(void *m) { if (!m) return; char *p = (char *)m - 8; int b = *(int *)p; *(void **)m = bins[b]; bins[b] = p; }
void *calloc(size_t n, size_t s) { void *p = malloc(n * s); return p ? memset(p, 0, n * s) : p; }
void *realloc(void *m, size_t n) {
  if (!m) return malloc(n);
  int b = *(int *)((char *)m - 8);
  if (n + 8 <= ((size_t)1 << b)) return m;
  void *p = malloc(n); if (!p) return p;
  memcpy(p, m, ((size_t)1 << b) - 8); free(m); return p;
}
void exit(int c) { __builtin_trap(); }
int stem(unsigned language, int length) {
  if (language >= COUNT || length > ROOM) return -1;
  struct SN_env *e = environments[language];
  if (!e) e = environments[language] = creators[language]();
  if (!e || SN_set_current(e, length, word) || stemmers[language](e) < 0 || e->l > ROOM) return -1;
  memcpy(word, e->p, e->l);
  return e->l;
}
