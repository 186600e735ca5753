/** The driver over SQLite's WebAssembly build, outside of a browser too. */

import { loadWasmDriver } from "../harness/wasm.ts";
import { conformance } from "./conformance/conformance.ts";

const driver = await loadWasmDriver();
conformance("wasm", () => Promise.resolve(driver), { sole: true });
