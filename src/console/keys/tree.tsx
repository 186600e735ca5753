/** The tree of keys, by mouse and by keyboard. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { type ByteString, keyLine } from "../data/bytes.ts";
import { shortCount, size, span } from "../data/units.ts";
import { Rows } from "../ui/rows.tsx";
import { useFacts } from "./facts.ts";
import { type TreeRow, treeRows } from "./key_list.ts";
import { TypeMark } from "./type_mark.tsx";

/** Pixels of a row. */
const HEIGHT = 26;

/** @param keys The keys in order. @param round Whenever it is another, what is known of them is forgotten. */
export function Tree({ keys, separator, selected, round, onOpen }: {
  readonly keys: readonly ByteString[];
  readonly separator: string;
  readonly selected: ByteString | undefined;
  readonly round: unknown;
  readonly onOpen: (key: ByteString) => void;
}) {
  const [open, setOpen] = useState<ReadonlySet<ByteString>>(new Set());
  const [at, setAt] = useState(0);
  const rows = useMemo(
    () => treeRows(keys, separator, (folder) => open.has(folder)),
    [keys, separator, open],
  );
  const facts = useFacts(round);
  useEffect(() => {
    const index = rows.findIndex(({ kind, name }) => kind === "key" && name === selected);
    if (index >= 0) setAt(index);
  }, [selected, rows]);
  const toggle = ({ name }: TreeRow, isOpen = !open.has(name)) => {
    const changed = new Set(open);
    if (isOpen) changed.add(name);
    else changed.delete(name);
    setOpen(changed);
  };
  const activate = (row: TreeRow) => row.kind === "folder" ? toggle(row) : onOpen(row.name);
  const current = Math.min(at, rows.length - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[current];
    if (row === undefined) return;
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => setAt(Math.min(rows.length - 1, current + 1)),
      ArrowUp: () => setAt(Math.max(0, current - 1)),
      PageDown: () => setAt(Math.min(rows.length - 1, current + 20)),
      PageUp: () => setAt(Math.max(0, current - 20)),
      Home: () => setAt(0),
      End: () => setAt(rows.length - 1),
      Enter: () => activate(row),
      " ": () => activate(row),
      ArrowRight: () => row.kind === "folder" && toggle(row, true),
      ArrowLeft: () => {
        if (row.kind === "folder" && open.has(row.name)) return toggle(row, false);
        const parent = rows.findLastIndex(({ depth }, i) => i < current && depth < row.depth);
        if (parent >= 0) setAt(parent);
      },
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };
  const rowOf = (index: number) => {
    const row = rows[index];
    if (row === undefined) return null;
    const isFolder = row.kind === "folder";
    const known = isFolder ? undefined : facts.of(row.name);
    return (
      <div
        key={`${row.kind}${row.name}`}
        id={`row-${index}`}
        role="treeitem"
        class={`row ${row.kind}`}
        aria-level={row.depth + 1}
        aria-expanded={isFolder ? open.has(row.name) : undefined}
        aria-selected={row.name === selected && !isFolder}
        data-current={index === current ? "" : undefined}
        style={{
          height: `${HEIGHT}px`,
          paddingInlineStart: `${8 + 14 * Math.min(row.depth, 12)}px`,
        }}
        onClick={() => {
          setAt(index);
          activate(row);
        }}
      >
        {isFolder
          ? <span class="arrow" aria-hidden="true">{open.has(row.name) ? "▾" : "▸"}</span>
          : <TypeMark type={known?.type} />}
        <bdi class="name" title={keyLine(row.name)}>
          {keyLine(row.label === "" ? row.name : row.label, 120)}
        </bdi>
        {isFolder && <span class="fact">{shortCount(row.count)}</span>}
        {known?.ttlMs !== undefined && (
          <span class="fact ttl" title="Time to live">{span(known.ttlMs)}</span>
        )}
        {known?.bytes !== undefined && <span class="fact">{size(known.bytes)}</span>}
      </div>
    );
  };
  return (
    <Rows
      class="tree"
      role="tree"
      aria-label="Keys"
      aria-activedescendant={rows.length > 0 ? `row-${current}` : undefined}
      tabIndex={0}
      count={rows.length}
      height={HEIGHT}
      row={rowOf}
      selected={current}
      onKeyDown={onKeyDown}
      onSeen={(from, to) =>
        facts.want(
          rows.slice(from, to).filter(({ kind }) => kind === "key").map(({ name }) => name),
        )}
    />
  );
}
