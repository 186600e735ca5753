#!/usr/bin/env bash
# Writes src/search/text/snowball_module.ts anew: Snowball's stemmers as WebAssembly.
# usage: build.sh SNOWBALL_2.2.0_SOURCES    (Debian: apt-get source snowball); needs make, cc, python3 and zig
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$here/../../../src/search/text/snowball_module.ts
languages="arabic armenian basque catalan danish dutch english finnish french german greek hindi hungarian indonesian
  irish italian lithuanian nepali norwegian portuguese romanian russian serbian spanish swedish tamil turkish yiddish"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$1/." "$work"
cd "$work"
make snowball >/dev/null
mkdir c headers
declarations='' creators='' stemmers=''
for language in $languages; do
  ./snowball "algorithms/$language.sbl" -o "c/$language" -eprefix "${language}_" -u -r ../runtime
  declarations+="extern struct SN_env *${language}_create_env(void); extern int ${language}_stem(struct SN_env *);"$'\n'
  creators+="${language}_create_env, " stemmers+="${language}_stem, "
done
cat >headers/languages.h <<C
$declarations
static struct SN_env *(*const creators[])(void) = {$creators};
static int (*const stemmers[])(struct SN_env *) = {$stemmers};
C
cat >headers/stdlib.h <<C
#pragma once
typedef unsigned long size_t;
#define NULL ((void *)0)
void *malloc(size_t); void *calloc(size_t, size_t); void *realloc(void *, size_t); void free(void *); void exit(int);
C
cat >headers/string.h <<C
#include <stdlib.h>
void *memcpy(void *, const void *, size_t); void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t); int memcmp(const void *, const void *, size_t);
C
: >headers/stdio.h
echo '#define INT_MAX 2147483647' >headers/limits.h
zig cc -target wasm32-freestanding -Os -nostdlib -fno-builtin -mbulk-memory -Iheaders -I. -Wl,--no-entry \
  -Wl,--export=stem -Wl,--export=word -Wl,--strip-all -Wl,-z,stack-size=65536 \
  -o snowball.wasm "$here/glue.c" runtime/api.c runtime/utilities.c c/*.c
python3 - "$target" <<'PYTHON'
import base64, gzip, re, sys, textwrap
packed = base64.b64encode(gzip.compress(open("snowball.wasm", "rb").read(), 9, mtime=0)).decode()
text = open(sys.argv[1]).read()
lines = "\n".join(textwrap.wrap(packed, 4000))
open(sys.argv[1], "w").write(re.sub(r"`\n[^`]*`;", "`\n" + lines + "\n`;", text))
PYTHON
