/** The clients. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { text } from "../data/replies.ts";
import { size, span } from "../data/units.ts";
import { Show, usePolled } from "../ui/loaded.tsx";

const EVERY_MS = 2000;

type Client = ReadonlyMap<string, string>;

const COLUMNS: readonly (readonly [string, (client: Client) => string])[] = [
  ["Id", (client) => client.get("id") ?? ""],
  ["Address", (client) => client.get("addr") ?? ""],
  ["Name", (client) => client.get("name") ?? ""],
  ["User", (client) => client.get("user") ?? ""],
  ["Database", (client) => client.get("db") ?? ""],
  ["Connected for", (client) => span(1000 * Number(client.get("age")))],
  ["Idle for", (client) => span(1000 * Number(client.get("idle")))],
  ["Last command", (client) => (client.get("cmd") ?? "").replace("|", " ")],
  ["Commands", (client) => client.get("tot-cmds") ?? ""],
  ["Memory", (client) => size(Number(client.get("tot-mem")))],
  ["Library", (client) => `${client.get("lib-name") ?? ""} ${client.get("lib-ver") ?? ""}`.trim()],
];

function clientOf(line: string): Client {
  return new Map(
    line.split(" ").map((part) => {
      const equals = part.indexOf("=");
      return [part.slice(0, equals), part.slice(equals + 1)];
    }),
  );
}

/** The view. */
export function ClientsView() {
  const console = useConsole();
  const [sought, setSought] = useState("");
  const loaded = usePolled(
    async (signal) =>
      text(await console.one(["CLIENT", "LIST"], signal)).trim().split("\n").filter((line) =>
        line !== ""
      ),
    EVERY_MS,
  );
  const kill = async (client: Client) => {
    const sure = await console.ask({
      title: "Disconnect this client?",
      text: `${client.get("addr")} ${client.get("name")}`,
      action: "Disconnect",
    });
    if (sure && await console.change(["CLIENT", "KILL", "ID", client.get("id") ?? ""])) {
      loaded.again();
    }
  };
  return (
    <div class="view">
      <div class="view-head">
        <h1>Clients</h1>
        <input
          type="search"
          aria-label="Find clients"
          placeholder="Find clients"
          value={sought}
          onInput={({ currentTarget }) => setSought(currentTarget.value)}
        />
      </div>
      <Show of={loaded}>
        {(lines) => (
          <div class="table-box" tabIndex={0} role="region" aria-label="Clients">
            <table>
              <thead>
                <tr>
                  {COLUMNS.map(([title]) => <th key={title} scope="col">{title}</th>)}
                  <th scope="col">
                    <span class="unseen">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {lines.filter((line) => line.includes(sought)).map(clientOf).map((client) => (
                  <tr key={client.get("id")}>
                    {COLUMNS.map(([title, of]) => <td key={title}>{of(client)}</td>)}
                    <td class="row-actions">
                      {console.may("client|kill") && (
                        <button
                          type="button"
                          class="plain"
                          title="Disconnect"
                          aria-label={`Disconnect ${client.get("addr")}`}
                          onClick={() => kill(client)}
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
    </div>
  );
}
