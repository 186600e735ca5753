/** What a type's own INFO command tells of a key. */

import { useConsole } from "../app/console.ts";
import { bytesOf, line } from "../data/bytes.ts";
import { groups, text } from "../data/replies.ts";
import { Show, useLoaded } from "../ui/loaded.tsx";
import { replyLine } from "../ui/reply_text.ts";
import type { ValueProps } from "./value_props.ts";

/** @param command The command. @param on What it is of: another one asks anew. */
export function InfoTable({ name, command, on }: {
  readonly name: ValueProps["name"];
  readonly command: string;
  readonly on: unknown;
}) {
  const console = useConsole();
  const loaded = useLoaded(
    async (signal) => groups(await console.one([command, bytesOf(name)], signal), 2),
    [name, command, on],
  );
  return (
    <Show of={loaded}>
      {(rows) => (
        <dl class="info card" aria-label={`${command} of ${line(bytesOf(name), 60)}`}>
          {rows.map(([name, value]) => (
            <div key={text(name)}>
              <dt>{text(name)}</dt>
              <dd>{replyLine(value ?? null)}</dd>
            </div>
          ))}
        </dl>
      )}
    </Show>
  );
}
