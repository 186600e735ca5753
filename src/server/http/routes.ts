/** What there is by HTTP: each part says itself which paths it answers. */

import { mountConsole } from "./console/console.ts";
import { mountKv } from "./kv/kv.ts";
import { mountMetrics } from "./metrics/metrics.ts";
import { command, mountRest } from "./rest/rest.ts";
import { Router } from "./router.ts";

/** All of it. */
export function router(): Router {
  const router = new Router();
  mountMetrics(router);
  mountConsole(router);
  mountRest(router);
  mountKv(router, command);
  return router;
}
