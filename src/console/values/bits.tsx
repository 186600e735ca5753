/** The bits of a string, which a click turns. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { bytesOf } from "../data/bytes.ts";
import { bytes, number } from "../data/replies.ts";
import { count } from "../data/units.ts";
import { Show, useLoaded } from "../ui/loaded.tsx";
import type { ValueProps } from "./value_props.ts";

/** Bytes whose bits are shown at once. */
const PIECE = 64;

/** The view. */
export function BitsView({ name, facts, onChanged }: ValueProps) {
  const console = useConsole();
  const key = bytesOf(name);
  const length = facts.length ?? 0;
  const [from, setFrom] = useState(0);
  const bits = useLoaded(async (signal) => {
    const [piece, ones] = await console.run([
      ["GETRANGE", key, from, from + PIECE - 1],
      ["BITCOUNT", key],
    ], signal);
    return { piece: bytes(piece), ones: number(ones) };
  }, [name, from, facts]);
  const turn = async (offset: number, isSet: boolean) => {
    if (await console.change(["SETBIT", key, offset, isSet ? 0 : 1])) {
      bits.again();
      onChanged();
    }
  };
  const mayTurn = console.may("setbit");
  return (
    <Show of={bits}>
      {({ piece, ones }) => (
        <>
          <div class="pager">
            <button
              type="button"
              class="small"
              disabled={from === 0}
              onClick={() => setFrom(from - PIECE)}
            >
              ← Previous
            </button>
            <button
              type="button"
              class="small"
              disabled={from + PIECE >= length}
              onClick={() => setFrom(from + PIECE)}
            >
              Next →
            </button>
            <span class="quiet">{count(ones)} of {count(8 * length)} bits are set</span>
          </div>
          <div class="bits">
            {Array.from(
              { length: Math.ceil(piece.length / 4) },
              (_, row) => (
                <div key={row} class="bit-row">
                  <span class="quiet number">{8 * (from + 4 * row)}</span>
                  {Array.from(piece.subarray(4 * row, 4 * row + 4)).map((byte, column) => (
                    <span key={column} class="byte">
                      {Array.from({ length: 8 }, (_, bit) => {
                        const offset = 8 * (from + 4 * row + column) + bit;
                        const isSet = (byte >> (7 - bit) & 1) === 1;
                        return (
                          <button
                            key={bit}
                            type="button"
                            class="bit"
                            aria-pressed={isSet}
                            aria-label={`Bit ${offset}`}
                            disabled={!mayTurn}
                            onClick={() => turn(offset, isSet)}
                          />
                        );
                      })}
                    </span>
                  ))}
                </div>
              ),
            )}
          </div>
        </>
      )}
    </Show>
  );
}
