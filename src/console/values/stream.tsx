/** Streams: entries, and the groups that read them. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { bytesOf, encoded, line } from "../data/bytes.ts";
import { bytes, groups, list, text } from "../data/replies.ts";
import { moment } from "../data/units.ts";
import { AddElement } from "./add_element.tsx";
import { ElementTable } from "./element_table.tsx";
import { PAGE, useCursors } from "./pages.ts";
import { StreamGroups } from "./stream_groups.tsx";
import type { ValueProps } from "./value_props.ts";

interface Entry {
  readonly id: string;
  /** Names and values. */
  readonly fields: Uint8Array;
}

const msOf = (id: string) => Number(id.slice(0, id.indexOf("-")));

/** The view. */
export function StreamView(props: ValueProps) {
  const { name, onChanged } = props;
  const console = useConsole();
  const key = bytesOf(name);
  const [newestFirst, setNewestFirst] = useState(true);
  const pages = useCursors<Entry>(async (cursor, signal) => {
    const from = cursor === "0" ? undefined : `(${cursor}`;
    const reply = await console.one(
      newestFirst
        ? ["XREVRANGE", key, from ?? "+", "-", "COUNT", PAGE]
        : ["XRANGE", key, from ?? "-", "+", "COUNT", PAGE],
      signal,
    );
    const rows = list(reply).map((entry) => {
      const [id, fields] = list(entry);
      const lines = groups(fields, 2).map(([field, value]) =>
        `${line(bytes(field))}: ${line(bytes(value))}`
      );
      return { id: text(id), fields: encoded(lines.join("   ")) };
    });
    return { cursor: rows.length < PAGE ? "0" : rows.at(-1)?.id ?? "0", rows };
  }, [name, newestFirst]);
  const changed = () => {
    pages.loaded.again();
    onChanged();
  };
  return (
    <>
      <div class="tool-row">
        <button type="button" onClick={() => setNewestFirst(!newestFirst)}>
          {newestFirst ? "Newest first" : "Oldest first"}
        </button>
        {console.may("xadd") && (
          <AddElement
            labels={["Field", "Value"]}
            command={(field, value) => ["XADD", key, "*", field!, value!]}
            onAdded={changed}
          />
        )}
      </div>
      <ElementTable<Entry>
        label="Entries"
        pages={pages}
        columns={[
          { title: "Id", of: ({ id }) => id },
          { title: "Time", of: ({ id }) => moment(msOf(id)) },
          { title: "Fields", of: ({ fields }) => fields },
        ]}
        remove={console.may("xdel") ? ({ id }) => console.change(["XDEL", key, id]) : undefined}
        onChanged={onChanged}
      />
      <StreamGroups {...props} />
    </>
  );
}
