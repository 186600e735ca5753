"""A program that the scenario starts: opens a file, and answers each line of words with a line."""

import os
import sys

import redlite

if os.environ.get("PATH") == "/nowhere":
    # The package of Deno is nowhere, too.
    sys.modules["deno"] = None

try:
    db = redlite.open(sys.argv[1], decode_responses=True)
except redlite.RedliteError as error:
    sys.exit(f"failed: {error}")
db.response_callbacks.clear()
with db:
    print(f"ready {db.server_pid}", flush=True)
    for line in sys.stdin:
        print(db.execute_command(*line.split()), flush=True)
