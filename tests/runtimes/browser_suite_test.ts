/** The tests of the embedded store and of what it stands on, on a page of Chromium. */

import { join } from "node:path";
import { named } from "../harness/lacking.ts";
import { bundleForBrowser, packagesOfTests } from "../harness/runtimes/bundle.ts";
import { inChromium, noChromium } from "../harness/runtimes/chromium.ts";
import { noNpm } from "../harness/runtimes/fetch.ts";
import { project } from "../harness/runtimes/package.ts";
import { temporaryDirectory } from "../harness/servers.ts";

Deno.test({
  ...named("the embedded store passes its tests on a page of Chromium", noChromium() ?? noNpm()),
  async fn() {
    await using directory = await temporaryDirectory();
    const folder = join(directory.path, "page");
    const packages = [...packagesOfTests()].map(([name, version]) => `${name}@${version}`);
    await project(folder, ...packages);
    const { main, tests, skipped } = await bundleForBrowser(folder);
    for (const [file, reason] of skipped) console.log(`skipped: ${file}: it ${reason}`);
    const address = (file: string) => file.slice(folder.length);
    const files = [...tests.values()].map(address);
    await Deno.writeTextFile(join(folder, "tests.json"), JSON.stringify(files));
    const onLine = (line: string) => {
      // Names of files are signs of life.
      if (!line.startsWith("/")) console.log(line);
    };
    await inChromium({ folder, module: address(main), isolated: true, onLine });
  },
});
