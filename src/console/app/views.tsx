/** The views, in the order in which the bar names them. */

import type { FunctionComponent } from "preact";
import { KeysView } from "../keys/keys_view.tsx";
import { ClientsView } from "../server/clients.tsx";
import { LiveView } from "../server/live.tsx";
import { SlowLogView } from "../server/slow_log.tsx";
import { SpaceView } from "../server/space.tsx";
import { CommandLineView } from "../tools/command_line.tsx";
import { SearchView } from "../tools/search.tsx";
import { SqlView } from "../tools/sql.tsx";
import type { Place } from "./place.ts";

/** One of them. */
export interface ViewEntry {
  readonly name: string;
  readonly title: string;
  /** Commands without which there is nothing to be seen. */
  readonly needs: readonly string[];
  readonly View: FunctionComponent<{ readonly place: Place }>;
}

/** All of them. */
export const VIEWS: readonly ViewEntry[] = [
  { name: "keys", title: "Keys", needs: [], View: KeysView },
  { name: "commands", title: "Command line", needs: [], View: CommandLineView },
  { name: "sql", title: "SQL", needs: ["sql"], View: SqlView },
  { name: "search", title: "Search", needs: ["ft.search", "ft._list"], View: SearchView },
  { name: "live", title: "Live", needs: ["info"], View: LiveView },
  { name: "space", title: "Space", needs: ["scan", "keyinfo"], View: SpaceView },
  { name: "slow", title: "Slow log", needs: ["slowlog|get"], View: SlowLogView },
  { name: "clients", title: "Clients", needs: ["client|list"], View: ClientsView },
];
