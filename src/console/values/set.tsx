/** Sets: members. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { bytesOf } from "../data/bytes.ts";
import { bytes, page } from "../data/replies.ts";
import { AddElement } from "./add_element.tsx";
import { ElementTable } from "./element_table.tsx";
import { Filter } from "./filter.tsx";
import { PAGE, SOUGHT, useCursors } from "./pages.ts";
import type { ValueProps } from "./value_props.ts";

/** The view. */
export function SetView({ name, facts, onChanged }: ValueProps) {
  const console = useConsole();
  const key = bytesOf(name);
  const [pattern, setPattern] = useState("");
  const pages = useCursors<Uint8Array>(async (cursor, signal) => {
    const options = pattern === "" ? [PAGE] : [SOUGHT, "MATCH", pattern];
    const reply = await console.one(["SSCAN", key, cursor, "COUNT", ...options], signal);
    const { cursor: next, found } = page(reply);
    return { cursor: next, rows: found.map(bytes) };
  }, [name, pattern]);
  return (
    <>
      <div class="tool-row">
        {(facts.length ?? 0) > PAGE && <Filter label="Find members" onChange={setPattern} />}
        {console.may("sadd") && (
          <AddElement
            labels={["Member"]}
            command={(member) => ["SADD", key, member!]}
            onAdded={() => {
              pages.loaded.again();
              onChanged();
            }}
          />
        )}
      </div>
      <ElementTable<Uint8Array>
        label="Members"
        pages={pages}
        columns={[{ title: "Member", of: (member) => member }]}
        remove={console.may("srem") ? (member) => console.change(["SREM", key, member]) : undefined}
        onChanged={onChanged}
      />
    </>
  );
}
