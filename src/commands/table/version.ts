/** The version of Redis whose commands, options and replies these are; clients switch on it. */
export const REDIS_VERSION = "8.10.0";

/** Redlite's own version, the same as in deno.json. */
export const VERSION = "0.1.0";
