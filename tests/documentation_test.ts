/** Holds the public modules to the rules that a package registry scores documentation by, and to our own. */

import { strict as assert } from "node:assert";

const root = new URL("../", import.meta.url);
const path = (name: string) => new URL(name, root).pathname;

interface JsDoc {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string }[];
}

/** What `deno doc --json` tells of something that is declared. */
interface Declaration {
  readonly kind: string;
  readonly declarationKind: string;
  readonly jsDoc?: JsDoc;
  readonly def?: {
    readonly properties?: readonly Member[];
    readonly methods?: readonly Member[];
  };
}

interface Member {
  readonly name: string;
  readonly jsDoc?: JsDoc;
  readonly accessibility?: string;
}

interface Documentation {
  readonly nodes: Readonly<
    Record<string, {
      readonly module_doc?: JsDoc;
      readonly symbols: readonly {
        readonly name: string;
        readonly declarations: readonly Declaration[];
      }[];
    }>
  >;
}

const { exports }: { exports: Record<string, string> } = JSON.parse(
  await Deno.readTextFile(path("deno.json")),
);

async function documentationOf(module: string): Promise<Documentation["nodes"][string]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", path(module)],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const { nodes }: Documentation = JSON.parse(new TextDecoder().decode(stdout));
  const [documentation] = Object.values(nodes);
  assert.ok(documentation !== undefined);
  return documentation;
}

const hasExample = (jsDoc: JsDoc | undefined) =>
  jsDoc?.tags?.some(({ kind }) => kind === "example") ?? false;
const isTold = (jsDoc: JsDoc | undefined) => (jsDoc?.doc ?? "").trim() !== "";

/** What writers of extensions work on is the inside of a store: told, but not by examples. */
const INSIDE = "./extension";

/** The members that are told nowhere: of several forms of a method one is told. */
function untold(def: Declaration["def"]): string[] {
  const told = new Map<string, boolean>();
  for (const { name, jsDoc, accessibility } of [...def?.properties ?? [], ...def?.methods ?? []]) {
    if (accessibility !== undefined && accessibility !== "public") continue;
    const internal = jsDoc?.tags?.some(({ kind }) => kind === "internal") ?? false;
    told.set(name, internal || isTold(jsDoc) || (told.get(name) ?? false));
  }
  return [...told].filter(([, isTold]) => !isTold).map(([name]) => name);
}

for (const [name, module] of Object.entries(exports)) {
  Deno.test(`${name} tells what each of its symbols is, and shows what is called`, async () => {
    const { module_doc, symbols } = await documentationOf(module);
    assert.ok((module_doc?.doc ?? "").length > 20, "the module");
    const lacking: string[] = [];
    for (const { name: symbol, declarations } of symbols) {
      const open = declarations.filter(({ declarationKind }) => declarationKind !== "private");
      const isCalled = open.some(({ kind }) => kind === "class" || kind === "function");
      if (open.length === 0) continue;
      if (!open.some(({ jsDoc }) => isTold(jsDoc))) lacking.push(symbol);
      if (isCalled && name !== INSIDE && !open.some(({ jsDoc }) => hasExample(jsDoc))) {
        lacking.push(`${symbol}: an example`);
      }
      for (const { def } of open) lacking.push(...untold(def).map((each) => `${symbol}.${each}`));
    }
    assert.deepEqual(lacking, []);
  });
}

Deno.test("the public modules are documented as deno doc --lint asks for", async () => {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...Object.values(exports).map(path)],
    stdout: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
});
