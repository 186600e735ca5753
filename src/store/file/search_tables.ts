/** The tables of search indexes, which version 7 adds. */
export const SEARCH_TABLES = "";
