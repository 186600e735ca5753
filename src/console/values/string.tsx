/** Strings: text, JSON, hexadecimal, bits. Long ones come in pieces. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { bytesOf } from "../data/bytes.ts";
import { bytes } from "../data/replies.ts";
import { count, size } from "../data/units.ts";
import { Show, useLoaded } from "../ui/loaded.tsx";
import { BitsView } from "./bits.tsx";
import { BytesEditor } from "./bytes_editor.tsx";
import type { ValueProps } from "./value_props.ts";

/** Bytes that are shown at once. */
const PIECE = 64 * 1024;
/** Bytes that are fetched to be edited at most. */
const WHOLE = 4 * 1024 * 1024;

/** The view. */
export function StringView({ name, facts, onChanged }: ValueProps) {
  const console = useConsole();
  const key = bytesOf(name);
  const length = facts.length ?? 0;
  const [from, setFrom] = useState(0);
  const [wantsAll, setWantsAll] = useState(false);
  const [showsBits, setShowsBits] = useState(false);
  const isWhole = length <= PIECE || wantsAll;
  const start = isWhole ? 0 : from;
  const value = useLoaded(async (signal) => {
    const end = isWhole ? -1 : start + PIECE - 1;
    return bytes(await console.one(["GETRANGE", key, start, end], signal));
  }, [name, start, isWhole, facts]);
  // KEEPTTL: an edit is no new key.
  const save = async (changed: Uint8Array) => {
    const done = await console.change(["SET", key, changed, "KEEPTTL"]);
    if (done) onChanged();
    return done;
  };
  return (
    <>
      {!isWhole && (
        <div class="pager">
          <button
            type="button"
            class="small"
            disabled={start === 0}
            onClick={() => setFrom(start - PIECE)}
          >
            ← Previous
          </button>
          <button
            type="button"
            class="small"
            disabled={start + PIECE >= length}
            onClick={() => setFrom(start + PIECE)}
          >
            Next →
          </button>
          <span class="quiet">
            from byte {count(start)} of {count(length)}
          </span>
          {length <= WHOLE && (
            <button type="button" class="small" onClick={() => setWantsAll(true)}>
              All {size(length)}, to edit
            </button>
          )}
        </div>
      )}
      <Show of={value}>
        {(value) => (
          <BytesEditor
            key={start}
            bytes={value}
            label="Value"
            onSave={isWhole && console.may("set") ? save : undefined}
          />
        )}
      </Show>
      <details
        open={showsBits}
        onToggle={({ currentTarget }) => setShowsBits(currentTarget.open)}
      >
        <summary>Bits</summary>
        {showsBits && <BitsView name={name} facts={facts} onChanged={onChanged} />}
      </details>
    </>
  );
}
