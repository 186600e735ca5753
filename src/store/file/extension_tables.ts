/** The tables of extensions, which version 7 adds. */
export const EXTENSION_TABLES = "";
