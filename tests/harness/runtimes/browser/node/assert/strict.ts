/** The same under its other name. */

export { default, strict } from "../assert.ts";
