/**
 * The tables of vectors.
 *
 * A vector set's element is a row of `vec_elements`, which has its number, and one of `vec_vectors`
 * under that number; another vector gets another number. `vec_lists` and `vec_centroids` are the
 * index of these vectors, which can be built anew out of them: the head of an index, list -1, has the
 * version of the set that it is an index of, as the set's own row has it.
 *
 * Indexes of search have the same tables under negative ids; their elements are documents.
 *
 * @module
 */

import type { ElementTable } from "../../../src/store/extensions/extension.ts";

/** What brings the tables from each version to the next. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE vec_elements(
    key_id INTEGER NOT NULL,
    element BLOB NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY(key_id, element)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE vec_vectors(
    key_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    element BLOB NOT NULL,
    attributes BLOB,
    vector BLOB NOT NULL,
    PRIMARY KEY(key_id, number)
  ) STRICT;

  CREATE TABLE vec_projections(
    key_id INTEGER PRIMARY KEY,
    matrix BLOB NOT NULL
  ) STRICT;

  CREATE TABLE vec_lists(
    key_id INTEGER NOT NULL,
    list INTEGER NOT NULL,
    version INTEGER NOT NULL,
    members BLOB NOT NULL,
    PRIMARY KEY(key_id, list)
  ) STRICT;

  CREATE TABLE vec_centroids(
    key_id INTEGER NOT NULL,
    list INTEGER NOT NULL,
    centroid BLOB NOT NULL,
    PRIMARY KEY(key_id, list)
  ) STRICT;`,
];

/** The tables that hold the rows of vector sets; what is an index alone is not among them. */
export const ELEMENT_TABLES: readonly ElementTable[] = [
  { table: "vec_elements", columns: { element: "BLOB", number: "INTEGER" }, key: ["element"] },
  {
    table: "vec_vectors",
    columns: { number: "INTEGER", element: "BLOB", attributes: "BLOB", vector: "BLOB" },
    key: ["number"],
  },
  { table: "vec_projections", columns: { matrix: "BLOB" }, key: [] },
];
