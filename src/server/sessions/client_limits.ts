/** What a client may announce. */

import type { ConfigurationValues } from "../../clients/configuration/configuration.ts";
import type { ParserLimits } from "../../resp/parser.ts";

/** The limits of one client: of a class, for parsers of all clients read them by one shape. */
export class ClientLimits implements ParserLimits {
  authenticated: boolean;
  readonly #config: ConfigurationValues;

  /** @param authenticated Whether nothing has to be said for that. */
  constructor(config: ConfigurationValues, authenticated: boolean) {
    this.#config = config;
    this.authenticated = authenticated;
  }

  get maxBulkLength(): number {
    return this.#config.protoMaxBulkLen;
  }
}
