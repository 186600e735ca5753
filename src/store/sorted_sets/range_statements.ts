/** The statements that read and delete ranges of sorted sets, by the index of scores and members. */

// Without INDEXED BY the planner may walk the table in the order of the members and sort.
const ELEMENTS =
  "zsets INDEXED BY zsets_by_score WHERE key_id = ?1 AND (score, member) >= (?2, ?3)";
const SPAN = `${ELEMENTS} AND (score, member) < (?4, ?5)`;
/** The statements, by what they do. */
export const SQL = {
  scores: `SELECT member, score FROM zsets INDEXED BY zsets_by_score
    WHERE key_id = ?1 AND score >= ?2 AND score < ?3 ORDER BY score, member LIMIT ?4`,
  forward: `SELECT member, score, negative_zero FROM ${SPAN}
    ORDER BY score, member LIMIT ?6 OFFSET ?7`,
  backward: `SELECT member, score, negative_zero FROM ${SPAN}
    ORDER BY score DESC, member DESC LIMIT ?6 OFFSET ?7`,
  elementAt: `SELECT member, score FROM ${ELEMENTS} ORDER BY score, member LIMIT 1 OFFSET ?4`,
  count: `SELECT count(*) FROM ${SPAN}`,
  delete: `DELETE FROM ${SPAN}`,
};
