/** Who takes the space: prefixes of keys as areas. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { type ByteString, byteString, keyLine } from "../data/bytes.ts";
import { NotSignedIn } from "../data/connection.ts";
import { bytes, fields, number, page } from "../data/replies.ts";
import { ServerError } from "../data/resp.ts";
import { count, size } from "../data/units.ts";
import { messageOf } from "../ui/loaded.tsx";
import { treemap } from "./treemap.ts";

/** Keys of a piece, and in all unless one asks for more. */
const PIECE = 500, AT_FIRST = 20_000;
/** Areas that are drawn; what is smaller is one of its own. */
const MOST = 60;
/** Width by height that areas are laid out for. */
const ASPECT = 2.2;

interface Key {
  readonly name: ByteString;
  readonly size: number;
}

interface Group {
  readonly name: string;
  readonly label: string;
  readonly size: number;
  readonly keys: number;
  readonly isFolder: boolean;
}

/** The parts of a level. */
function groupsOf(keys: readonly Key[], prefix: string, separator: string): Group[] {
  const groups = new Map<string, { size: number; keys: number; first: ByteString }>();
  for (const { name, size } of keys) {
    if (!name.startsWith(prefix)) continue;
    const end = separator === "" ? -1 : name.indexOf(separator, prefix.length);
    const part = end < 0 ? name : name.slice(0, end + separator.length);
    const group = groups.get(part) ?? { size: 0, keys: 0, first: name };
    group.size += size;
    group.keys++;
    groups.set(part, group);
  }
  const sorted = [...groups].map(([part, { size, keys, first }]): Group => {
    // A folder of one key says no more than the key.
    const name = keys === 1 ? first : part as ByteString;
    return {
      name,
      label: keyLine(name.slice(prefix.length) as ByteString || name, 60),
      isFolder: name === part && separator !== "" && part.endsWith(separator) && keys > 1,
      size,
      keys,
    };
  }).sort((one, other) => other.size - one.size);
  const rest = sorted.slice(MOST);
  if (rest.length === 0) return sorted;
  return [...sorted.slice(0, MOST), {
    name: "",
    label: `${count(rest.length)} more`,
    size: rest.reduce((sum, { size }) => sum + size, 0),
    keys: rest.reduce((sum, { keys }) => sum + keys, 0),
    isFolder: false,
  }];
}

/** Measures keys, a piece at a time. */
function useSizes(round: number, most: number) {
  const console = useConsole();
  const [keys, setKeys] = useState<readonly Key[]>([]);
  const [state, setState] = useState<"runs" | "paused" | "done">("runs");
  const [error, setError] = useState<string | undefined>();
  const walk = useRef({ round: -1, cursor: "0", keys: [] as Key[] });
  useEffect(() => {
    const abort = new AbortController();
    if (walk.current.round !== round) walk.current = { round, cursor: "0", keys: [] };
    const { current } = walk;
    const run = async () => {
      setState("runs");
      setError(undefined);
      do {
        const { cursor, found } = page(
          await console.one(["SCAN", current.cursor, "COUNT", PIECE], abort.signal),
        );
        const names = found.map(bytes);
        const infos = await console.run(names.map((name) => ["KEYINFO", name]), abort.signal);
        if (abort.signal.aborted) return;
        infos.forEach((info, i) => {
          if (info === null || info instanceof ServerError) return;
          current.keys.push({
            name: byteString(names[i]!),
            size: number(fields(info).get("bytes")),
          });
        });
        current.cursor = cursor;
        setKeys([...current.keys]);
      } while (current.cursor !== "0" && current.keys.length < most);
      setState(current.cursor === "0" ? "done" : "paused");
    };
    run().catch((error) => {
      if (!abort.signal.aborted && !(error instanceof NotSignedIn)) setError(messageOf(error));
    });
    return () => abort.abort();
  }, [round, most]);
  return { keys, state, error };
}

const keysOf = ({ keys }: Group) => keys === 1 ? "1 key" : `${count(keys)} keys`;

/** The view. */
export function SpaceView() {
  const console = useConsole();
  const [round, setRound] = useState(0);
  const [most, setMost] = useState(AT_FIRST);
  const [separator, setSeparator] = useState(":");
  const [path, setPath] = useState<readonly string[]>([]);
  const { keys, state, error } = useSizes(round, most);
  const prefix = path.at(-1) ?? "";
  const groups = useMemo(() => groupsOf(keys, prefix, separator), [keys, prefix, separator]);
  const boxes = useMemo(() => treemap(groups.filter(({ size }) => size > 0), ASPECT), [groups]);
  const total = groups.reduce((sum, { size }) => sum + size, 0);
  const open = ({ name, isFolder }: Group) => {
    if (isFolder) setPath([...path, name]);
    else if (name !== "") console.open(name as ByteString);
  };
  return (
    <div class="view">
      <div class="view-head">
        <h1>Space</h1>
        <span class="quiet" role="status">
          {size(total)} in {count(keys.length)} keys{state === "runs" ? ", measuring…" : ""}
        </span>
        {state === "paused" && (
          <>
            <button type="button" class="small" onClick={() => setMost(most + AT_FIRST)}>
              More
            </button>
            <button type="button" class="small" onClick={() => setMost(Infinity)}>All</button>
          </>
        )}
        <button type="button" class="small" onClick={() => setRound(round + 1)}>
          Measure again
        </button>
        <label class="inline quiet">
          Separator
          <input
            class="separator"
            size={2}
            maxLength={4}
            value={separator}
            onInput={({ currentTarget }) => {
              setPath([]);
              setSeparator(currentTarget.value);
            }}
          />
        </label>
      </div>
      {error !== undefined && <p class="error" role="alert">{error}</p>}
      <nav class="crumbs" aria-label="Prefix">
        <button type="button" class="small" onClick={() => setPath([])}>All keys</button>
        {path.map((name, i) => (
          <button
            key={name}
            type="button"
            class="small"
            onClick={() => setPath(path.slice(0, i + 1))}
          >
            {keyLine(name as ByteString, 60)}
          </button>
        ))}
      </nav>
      <div class="treemap">
        {boxes.map(({ item, x, y, width, height }, i) => (
          <button
            key={item.name}
            type="button"
            class={`hue${i % 6}`}
            disabled={item.name === ""}
            style={{ left: `${x}%`, top: `${y}%`, width: `${width}%`, height: `${height}%` }}
            title={`${item.label}: ${size(item.size)} in ${keysOf(item)}`}
            onClick={() => open(item)}
          >
            <strong class={width * height > 12 ? "" : "unseen"}>{item.label}</strong>{" "}
            <span class={width * height > 12 ? "" : "unseen"}>{size(item.size)}</span>
            <span class="unseen">{` in ${keysOf(item)}`}</span>
          </button>
        ))}
      </div>
    </div>
  );
}
