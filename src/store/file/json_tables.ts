/** The tables of documents of JSON, which version 7 adds. */
export const JSON_TABLES = "";
