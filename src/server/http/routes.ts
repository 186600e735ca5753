/** What there is by HTTP: each part says itself which paths it answers. */

import { mountMetrics } from "./metrics/metrics.ts";
import { mountRest } from "./rest/rest.ts";
import { Router } from "./router.ts";

/** All of it. */
export function router(): Router {
  const router = new Router();
  mountMetrics(router);
  mountRest(router);
  return router;
}
