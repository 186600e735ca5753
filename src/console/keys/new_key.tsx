/** Makes a key. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { type ByteString, byteStringOf } from "../data/bytes.ts";
import type { Command } from "../data/resp.ts";
import { Dialog } from "../ui/dialog.tsx";

interface Kind {
  readonly name: string;
  /** What the first and the second of its element are called. */
  readonly labels: readonly [string, string?];
  readonly command: (key: string, first: string, second: string) => Command;
}

const KINDS: readonly Kind[] = [
  { name: "string", labels: ["Value"], command: (key, value) => ["SET", key, value, "NX"] },
  {
    name: "hash",
    labels: ["Field", "Value"],
    command: (key, field, value) => ["HSET", key, field, value],
  },
  { name: "list", labels: ["Element"], command: (key, element) => ["RPUSH", key, element] },
  { name: "set", labels: ["Member"], command: (key, member) => ["SADD", key, member] },
  {
    name: "zset",
    labels: ["Member", "Score"],
    command: (key, member, score) => ["ZADD", key, score || "0", member],
  },
  {
    name: "stream",
    labels: ["Field", "Value"],
    command: (key, field, value) => ["XADD", key, "*", field, value],
  },
  {
    name: "JSON",
    labels: ["Document"],
    command: (key, text) => ["JSON.SET", key, "$", text, "NX"],
  },
];

/** @param onClose Gets the key that was made. */
export function NewKey({ onClose }: { readonly onClose: (made?: ByteString) => void }) {
  const console = useConsole();
  const [kind, setKind] = useState(KINDS[0]!);
  const [name, setName] = useState("");
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const [label, secondLabel] = kind.labels;
  const make = async () => {
    if (Number(await console.one(["EXISTS", name]).catch(() => 0)) > 0) {
      return console.tell("There is a key of this name.", true);
    }
    if (await console.change(kind.command(name, first, second))) onClose(byteStringOf(name));
  };
  return (
    <Dialog title="New key" onClose={() => onClose()}>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <label>
          Type
          <select
            value={kind.name}
            onChange={({ currentTarget: { value } }) =>
              setKind(KINDS.find(({ name }) => name === value) ?? kind)}
          >
            {KINDS.map(({ name }) => <option key={name}>{name}</option>)}
          </select>
        </label>
        <label>
          Key
          <input
            required
            value={name}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </label>
        <label>
          {label}
          <textarea
            rows={3}
            value={first}
            onInput={({ currentTarget }) => setFirst(currentTarget.value)}
          />
        </label>
        {secondLabel !== undefined && (
          <label>
            {secondLabel}
            <input value={second} onInput={({ currentTarget }) => setSecond(currentTarget.value)} />
          </label>
        )}
        <footer>
          <button type="button" onClick={() => onClose()}>Cancel</button>
          <button type="submit" class="primary">Make it</button>
        </footer>
      </form>
    </Dialog>
  );
}
