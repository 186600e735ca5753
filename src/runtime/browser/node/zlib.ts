/** What is used of `node:zlib`. */

export { gunzipSync } from "fflate";
