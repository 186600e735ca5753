/** Serves a database by HTTP, within the test's own process. */

import { geo } from "@redlite/redlite/ext/geo";
import { type HttpOptions, Redlite, type RedliteHttpServer } from "@redlite/redlite";

/** A database and where it is served. */
export interface Served extends AsyncDisposable {
  readonly db: Redlite;
  readonly http: RedliteHttpServer;
  readonly url: string;
}

/** Serves a new database. */
export async function serve(options: HttpOptions = {}): Promise<Served> {
  const db: Redlite = Redlite.open(":memory:", { driver: "builtin", extensions: [geo()] });
  const http = await db.http(options);
  return {
    db,
    http,
    url: http.url,
    async [Symbol.asyncDispose]() {
      await http.close();
      await db.close();
    },
  };
}
