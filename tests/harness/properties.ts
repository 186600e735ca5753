/** fast-check, with the seed that all tests share; it prints it when a property fails. */

import fc from "fast-check";
import { SEED } from "./seed.ts";

fc.configureGlobal({ seed: SEED });

export default fc;
