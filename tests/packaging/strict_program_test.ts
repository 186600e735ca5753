/** Programs that import Redlite by its path check it by their own compiler options. */

import { strict as assert } from "node:assert";
import { temporaryDirectory } from "../harness/servers.ts";

/** Every option that refuses something, and that Deno knows. */
const STRICTEST = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noFallthroughCasesInSwitch: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  useUnknownInCatchVariables: true,
  verbatimModuleSyntax: true,
};

Deno.test("a program with the strictest compiler options type-checks with Redlite in it", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  const module = (name: string) => JSON.stringify(new URL(`../../${name}`, import.meta.url).href);
  await Deno.writeTextFile(
    `${path}/deno.json`,
    JSON.stringify({ compilerOptions: STRICTEST }),
  );
  await Deno.writeTextFile(
    `${path}/program.ts`,
    `import { Redlite } from ${module("mod.ts")};
    import { main } from ${module("server.ts")};
    using db = Redlite.open(":memory:");
    const value: string | null = db.get("key");
    console.log(value, main);
    `,
  );
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "program.ts"],
    cwd: path,
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
});
