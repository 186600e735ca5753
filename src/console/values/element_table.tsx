/** A page of a collection as a table: its elements, and what can be done with each. */

import { useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { useConsole } from "../app/console.ts";
import { line } from "../data/bytes.ts";
import { count } from "../data/units.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Show } from "../ui/loaded.tsx";
import { BytesEditor } from "./bytes_editor.tsx";
import type { Pages } from "./pages.ts";

/** A column. */
export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => Uint8Array | string | number;
  /** Takes what a cell is changed to; without it the column is only shown. */
  readonly save?: ((row: Row, bytes: Uint8Array) => Promise<boolean>) | undefined;
}

interface Edited<Row> {
  readonly row: Row;
  readonly column: Column<Row>;
}

const bytesOfCell = (cell: Uint8Array | string | number) =>
  cell instanceof Uint8Array ? cell : new TextEncoder().encode(String(cell));

/** @param remove Removes an element; without it none can be. */
export function ElementTable<Row>({ label, pages, total, columns, remove, actions, onChanged }: {
  readonly label: string;
  readonly pages: Pages<Row>;
  /** Elements in all, if that is known. */
  readonly total?: number | undefined;
  readonly columns: readonly Column<Row>[];
  readonly remove?: ((row: Row) => Promise<boolean>) | undefined;
  readonly actions?: ((row: Row) => ComponentChildren) | undefined;
  readonly onChanged: () => void;
}) {
  const console = useConsole();
  const [edited, setEdited] = useState<Edited<Row> | undefined>();
  const changed = (done: boolean) => {
    if (!done) return;
    pages.loaded.again();
    onChanged();
  };
  const removeSurely = async (row: Row) => {
    const sure = await console.ask({
      title: "Remove this element?",
      text: line(bytesOfCell(columns[0]!.of(row))),
      action: "Remove",
    });
    if (sure && remove) changed(await remove(row));
  };
  const hasActions = remove !== undefined || actions !== undefined;
  return (
    <>
      <Pager pages={pages} total={total} />
      <Show of={pages.loaded}>
        {(rows) =>
          rows.length === 0
            ? <p class="quiet">Nothing on this page.</p>
            : (
              <div class="table-box" tabIndex={0} role="region" aria-label={label}>
                <table>
                  <thead>
                    <tr>
                      {columns.map(({ title }) => <th key={title} scope="col">{title}</th>)}
                      {hasActions && (
                        <th scope="col">
                          <span class="unseen">Actions</span>
                        </th>
                      )}
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((row, i) => (
                      <tr key={i}>
                        {columns.map((column) => (
                          <td key={column.title}>
                            <Cell
                              value={column.of(row)}
                              onOpen={() => setEdited({ row, column })}
                            />
                          </td>
                        ))}
                        {hasActions && (
                          <td class="row-actions">
                            {actions?.(row)}
                            {remove && (
                              <button
                                type="button"
                                class="plain"
                                aria-label={`Remove ${line(bytesOfCell(columns[0]!.of(row)), 40)}`}
                                title="Remove"
                                onClick={() => removeSurely(row)}
                              >
                                ✕
                              </button>
                            )}
                          </td>
                        )}
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
      </Show>
      {edited && (
        <Dialog title={edited.column.title} wide onClose={() => setEdited(undefined)}>
          <BytesEditor
            bytes={bytesOfCell(edited.column.of(edited.row))}
            label={edited.column.title}
            onSave={edited.column.save && (async (bytes) => {
              const done = await edited.column.save!(edited.row, bytes);
              if (done) setEdited(undefined);
              changed(done);
              return done;
            })}
          />
        </Dialog>
      )}
    </>
  );
}

function Cell({ value, onOpen }: {
  readonly value: Uint8Array | string | number;
  readonly onOpen: () => void;
}) {
  if (typeof value === "number") return <span class="number">{value}</span>;
  if (typeof value === "string") return <span>{value}</span>;
  return (
    <button type="button" class="cell" title="Open" onClick={onOpen}>
      <bdi>{value.length === 0 ? <i class="quiet">empty</i> : line(value)}</bdi>
    </button>
  );
}

function Pager<Row>(
  { pages, total }: { readonly pages: Pages<Row>; readonly total?: number | undefined },
) {
  const { from, previous, next, goTo, loaded } = pages;
  const shown = loaded.value?.length ?? 0;
  if (previous === undefined && next === undefined && goTo === undefined) return null;
  return (
    <div class="pager">
      <button type="button" class="small" disabled={!previous} onClick={previous}>
        ← Previous
      </button>
      <button type="button" class="small" disabled={!next} onClick={next}>Next →</button>
      {from !== undefined && total !== undefined && (
        <span class="quiet" role="status">
          {count(from)}–{count(Math.max(from, from + shown - 1))} of {count(total)}
        </span>
      )}
      {goTo && (
        <label class="inline">
          Go to
          <input
            type="number"
            min="0"
            max={(total ?? 1) - 1}
            onChange={({ currentTarget: { valueAsNumber } }) => {
              if (!Number.isNaN(valueAsNumber)) goTo(valueAsNumber);
            }}
          />
        </label>
      )}
    </div>
  );
}
