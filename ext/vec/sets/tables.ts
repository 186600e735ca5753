/**
 * The tables of vectors.
 *
 * A vector set's element is a row of `vec_elements`, which has its number, and one of `vec_vectors`
 * under that number; another vector gets another number. `vec_lists` and `vec_centroids` are the
 * index of these vectors, which can be built anew out of them: the head of an index, list -1, has the
 * version of the set that it is an index of, as the set's own row has it.
 *
 * Indexes of search have the same tables under negative ids, and a row each in `vec_indexes`; their
 * elements are the numbers of documents.
 *
 * @module
 */

import type { ElementTable, IntegrityCheck } from "../../../src/store/extensions/extension.ts";
import { key, keysOfType, readable } from "../../../src/store/file/views.ts";

/** What TYPE answers. */
export const TYPE_NAME = "vectorset";

/** The number of the type, as SQL. */
const TYPE = `(SELECT type FROM extension_types WHERE name = '${TYPE_NAME}')`;

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
  ) STRICT;

  CREATE TABLE vec_indexes(
    id INTEGER PRIMARY KEY,
    dim INTEGER NOT NULL,
    type TEXT NOT NULL,
    metric TEXT NOT NULL,
    exact INTEGER NOT NULL,
    length INTEGER NOT NULL,
    last_number INTEGER NOT NULL,
    version INTEGER NOT NULL,
    dropped INTEGER NOT NULL
  ) STRICT;

  CREATE VIEW redlite_vectors AS
  SELECT ${key}, ${readable("v.element")} AS element, ${readable("v.attributes")} AS attributes,
    CASE hex(substr(k.value, 1, 1)) WHEN '00' THEN 'f32' WHEN '01' THEN 'int8' ELSE 'bin' END
      AS quantization,
    substr(v.vector, 9) AS vector
  FROM ${keysOfType(TYPE)} JOIN vec_vectors v ON v.key_id = k.id;`,
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

/** What INTEGRITY looks at. */
export const CHECKS: readonly IntegrityCheck[] = [{
  name: "vector sets",
  sql: `SELECT printf('an element of vector set %d has no vector %d', e.key_id, e.number)
    FROM keys k JOIN vec_elements e ON e.key_id = k.id
    WHERE k.type = ${TYPE} AND NOT EXISTS (
      SELECT 1 FROM vec_vectors v
      WHERE v.key_id = e.key_id AND v.number = e.number AND v.element = e.element)
    UNION ALL
    SELECT printf('vector %d of vector set %d is of no element', v.number, v.key_id)
    FROM keys k JOIN vec_vectors v ON v.key_id = k.id
    WHERE k.type = ${TYPE} AND NOT EXISTS (
      SELECT 1 FROM vec_elements e
      WHERE e.key_id = v.key_id AND e.element = v.element AND e.number = v.number)`,
}];
