/** The consumer groups of a stream: how far they are, their consumers, what is pending. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { bytesOf, line } from "../data/bytes.ts";
import { bytes, fields, list, number, text } from "../data/replies.ts";
import { count, span } from "../data/units.ts";
import { Show, useLoaded } from "../ui/loaded.tsx";
import { AddElement } from "./add_element.tsx";
import type { ValueProps } from "./value_props.ts";

/** Pending entries that are shown. */
const MOST = 100;

/** The view. */
export function StreamGroups({ name, facts, onChanged }: ValueProps) {
  const console = useConsole();
  const key = bytesOf(name);
  const [open, setOpen] = useState<number | undefined>();
  const groups = useLoaded(
    async (signal) => list(await console.one(["XINFO", "GROUPS", key], signal)).map(fields),
    [name, facts],
  );
  const destroy = async (group: Uint8Array) => {
    const sure = await console.ask({
      title: "Destroy the group?",
      text: `What is pending in ${line(group)} is forgotten.`,
      action: "Destroy",
    });
    if (sure && await console.change(["XGROUP", "DESTROY", key, group])) onChanged();
  };
  return (
    <section aria-label="Consumer groups" class="fields">
      <h2>Groups</h2>
      {console.may("xgroup|create") && (
        <AddElement
          labels={["Group", "After this id"]}
          command={(group, id) => ["XGROUP", "CREATE", key, group!, id || "$"]}
          action="Make"
          onAdded={onChanged}
        />
      )}
      <Show of={groups}>
        {(groups) =>
          groups.length === 0
            ? <p class="quiet">There are none.</p>
            : (
              <div class="table-box" tabIndex={0} role="region" aria-label="Groups">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Group</th>
                      <th scope="col">Consumers</th>
                      <th scope="col">Pending</th>
                      <th scope="col">Last delivered</th>
                      <th scope="col">Lag</th>
                      <th scope="col">
                        <span class="unseen">Actions</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {groups.map((group, i) => (
                      <tr key={i}>
                        <td>
                          <button
                            type="button"
                            class="cell"
                            aria-expanded={open === i}
                            onClick={() => setOpen(open === i ? undefined : i)}
                          >
                            {line(bytes(group.get("name")))}
                          </button>
                        </td>
                        <td>{count(number(group.get("consumers")))}</td>
                        <td>{count(number(group.get("pending")))}</td>
                        <td>{text(group.get("last-delivered-id"))}</td>
                        <td>{group.get("lag") === null ? "?" : count(number(group.get("lag")))}</td>
                        <td class="row-actions">
                          {console.may("xgroup|destroy") && (
                            <button
                              type="button"
                              class="plain"
                              title="Destroy"
                              aria-label={`Destroy ${line(bytes(group.get("name")))}`}
                              onClick={() => destroy(bytes(group.get("name")))}
                            >
                              ✕
                            </button>
                          )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
      </Show>
      {open !== undefined && groups.value?.[open] && (
        <Pending
          streamKey={key}
          group={bytes(groups.value[open].get("name"))}
          facts={facts}
          onChanged={onChanged}
        />
      )}
    </section>
  );
}

/** Who has what for how long. */
function Pending({ streamKey, group, facts, onChanged }: {
  readonly streamKey: Uint8Array;
  readonly group: Uint8Array;
  readonly facts: unknown;
  readonly onChanged: () => void;
}) {
  const console = useConsole();
  const loaded = useLoaded(async (signal) => {
    const [consumers, pending] = await console.run([
      ["XINFO", "CONSUMERS", streamKey, group],
      ["XPENDING", streamKey, group, "-", "+", MOST],
    ], signal);
    return { consumers: list(consumers).map(fields), pending: list(pending).map(list) };
  }, [line(group), facts]);
  return (
    <Show of={loaded}>
      {({ consumers, pending }) => (
        <div class="table-box" tabIndex={0} role="region" aria-label="Pending entries">
          <table>
            <thead>
              <tr>
                <th scope="col">Pending in {line(group, 40)}</th>
                <th scope="col">Consumer</th>
                <th scope="col">Idle</th>
                <th scope="col">Deliveries</th>
                <th scope="col">
                  <span class="unseen">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {pending.map(([id, consumer, idle, deliveries]) => (
                <tr key={text(id)}>
                  <td>{text(id)}</td>
                  <td>{line(bytes(consumer))}</td>
                  <td>{span(number(idle))}</td>
                  <td>{number(deliveries)}</td>
                  <td class="row-actions">
                    {console.may("xack") && (
                      <button
                        type="button"
                        class="small"
                        onClick={async () => {
                          if (await console.change(["XACK", streamKey, group, text(id)])) {
                            onChanged();
                          }
                        }}
                      >
                        Acknowledge
                      </button>
                    )}
                  </td>
                </tr>
              ))}
              {consumers.map((consumer) => (
                <tr key={line(bytes(consumer.get("name")))} class="quiet">
                  <td>{count(number(consumer.get("pending")))} pending in all</td>
                  <td>{line(bytes(consumer.get("name")))}</td>
                  <td>{span(number(consumer.get("idle")))}</td>
                  <td />
                  <td />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Show>
  );
}
