/** Deno's own KV API, which a program has only with a flag: so these run in a process of their own. */

import { strict as assert } from "node:assert";

for (const name of ["deno_kv_flows.ts", "same_as_deno_flows.ts"]) {
  Deno.test(`what ${name} says of Deno's KV API holds`, async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", "--quiet", "--unstable-kv", name],
      cwd: new URL(".", import.meta.url),
      env: { DENO_KV_ACCESS_TOKEN: "secret-token", NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.equal(code, 0, text);
    assert.match(text, /ok \| \d+ passed \| 0 failed/);
  });
}
