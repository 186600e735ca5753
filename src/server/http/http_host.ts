/** The server as what speaks HTTP sees it. */

import type { AccessControl } from "../../clients/acl/access_control.ts";
import type { ConfigurationValues } from "../../clients/configuration/configuration.ts";
import type { Table } from "../../commands/table/table.ts";
import type { Store } from "../../store/store.ts";
import type { Report } from "../log/log.ts";
import type { ClientConnection } from "../sessions/client_connection.ts";
import type { Fairness } from "../sessions/fairness.ts";
import type { Session } from "../sessions/session.ts";

/** What HTTP requests become clients of. */
export interface HttpHost {
  readonly store: Store;
  readonly config: ConfigurationValues;
  readonly access: AccessControl;
  readonly commands: Table;
  /** What keeps one client from taking all the time. */
  readonly fairness: Fairness;
  /** Whether it stops, or has. */
  readonly stopping: boolean;
  /** Tells an operator. */
  readonly report: Report;
  /** Whether there are as many clients as there may be. */
  readonly isFull: boolean;
  /** Why a client may not come in now; undefined if it may. */
  refusal(address: Deno.Addr): string | undefined;
  /** Lets a client in. Its session is to be run. */
  admit(connection: ClientConnection): Session;
}
