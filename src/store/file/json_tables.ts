/** The table and the view of JSON documents, which version 7 adds. */

import { TYPE } from "./schema.ts";
import { key, keysOfType } from "./views.ts";

/** The table that has the pieces of their texts, and the view that has these put together. */
export const JSON_TABLES: string = `
CREATE TABLE json(
  key_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  text BLOB NOT NULL,
  PRIMARY KEY(key_id, position)
) STRICT, WITHOUT ROWID;

CREATE VIEW redlite_json AS
SELECT ${key}, CAST(coalesce(k.value, (
    SELECT group_concat(text, '') FROM (
      SELECT text FROM json j WHERE j.key_id = k.id ORDER BY j.position)
  )) AS TEXT) AS json
FROM ${keysOfType(TYPE.JSON)};
`;
