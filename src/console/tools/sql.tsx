/** SQL: a query, its result as a table and as a chart. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { fields, list, text } from "../data/replies.ts";
import type { Reply } from "../data/resp.ts";
import { count } from "../data/units.ts";
import { Chart } from "../ui/chart.tsx";
import { messageOf, useLoaded } from "../ui/loaded.tsx";
import { replyLine } from "../ui/reply_text.ts";
import { Editor } from "./editor.tsx";

const AT_FIRST =
  "SELECT type, count(*) AS keys, sum(length) AS length\nFROM redlite_keys GROUP BY type ORDER BY keys DESC";

/** Rows of the table that are shown. */
const MOST = 1000;

const SCHEMA = `SELECT m.name, p.name FROM sqlite_schema m JOIN pragma_table_info(m.name) p
  WHERE m.type IN ('table', 'view') AND (m.type = 'view' OR m.name NOT LIKE 'sqlite%')`;

interface Result {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Reply[])[];
  readonly ms: number;
}

/** The view. */
export function SqlView() {
  const console = useConsole();
  const [statement, setStatement] = useState(AT_FIRST);
  const [result, setResult] = useState<Result | undefined>();
  const [error, setError] = useState<string | undefined>();
  const [isRunning, setRunning] = useState(false);
  const [showsChart, setShowsChart] = useState(false);
  const query = async (statement: string): Promise<Result> => {
    const startMs = performance.now();
    const told = fields(await console.one(["SQL", statement]));
    return {
      columns: list(told.get("columns")).map((name) => text(name)),
      rows: list(told.get("rows")).map(list),
      ms: performance.now() - startMs,
    };
  };
  const schema = useLoaded(async () => {
    const { rows } = await query(SCHEMA);
    const tables: Record<string, string[]> = {};
    for (const [table, column] of rows) (tables[text(table)] ??= []).push(text(column));
    return tables;
  }, []);
  const tables = schema.value ?? (schema.error === undefined ? undefined : {});
  const run = async () => {
    setRunning(true);
    setError(undefined);
    try {
      setResult(await query(statement));
    } catch (error) {
      setResult(undefined);
      setError(messageOf(error));
    }
    setRunning(false);
  };
  return (
    <div class="view">
      <div class="view-head">
        <h1>SQL</h1>
        <span class="quiet">A query on the file's tables and views, which reads.</span>
      </div>
      {tables && (
        <Editor
          text={statement}
          label="Statement"
          placeholder="SELECT …"
          tables={tables}
          isFocused
          onChange={setStatement}
          onRun={run}
        />
      )}
      <div class="actions">
        <button type="button" class="primary" disabled={isRunning} onClick={run}>
          {isRunning ? "Running…" : "Run"}
        </button>
        <span class="quiet">Ctrl and Enter run it</span>
        {result && (
          <>
            <span class="quiet" role="status">
              {count(result.rows.length)} rows in {result.ms.toFixed(1)} ms
            </span>
            <button
              type="button"
              class="small"
              aria-pressed={showsChart}
              onClick={() => setShowsChart(!showsChart)}
            >
              Chart
            </button>
          </>
        )}
      </div>
      {error !== undefined && <p class="error" role="alert">{error}</p>}
      {result && showsChart && <ResultChart {...result} />}
      {result && <ResultTable {...result} />}
    </div>
  );
}

function ResultTable({ columns, rows }: Result) {
  if (columns.length === 0) return null;
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Result">
      <table>
        <thead>
          <tr>{columns.map((name, i) => <th key={i} scope="col">{name}</th>)}</tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST).map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j} class="code">
                  {cell === null ? <i class="quiet">NULL</i> : <bdi>{replyLine(cell)}</bdi>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MOST && <p class="quiet">The first {count(MOST)} rows.</p>}
    </div>
  );
}

/** A cell as a number; null if it is none. */
function numberOf(cell: Reply | undefined): number | null {
  if (typeof cell === "number") return cell;
  if (cell === null || cell === undefined || cell instanceof Array) return null;
  const shown = text(cell).trim();
  return shown === "" || Number.isNaN(Number(shown)) ? null : Number(shown);
}

/** The columns that are numbers, over the first of them if there are two and it grows, or over the rows. */
function ResultChart({ columns, rows }: Result) {
  const numbers = columns.map((label, i) => ({
    label,
    values: rows.map((row) => numberOf(row[i])),
  }))
    .filter(({ values }) => values.length > 0 && values.every((value) => value !== null));
  const [first] = numbers;
  if (first === undefined) return <p class="quiet">No column is of numbers alone.</p>;
  const grows = numbers.length > 1 &&
    first.values.every((value, i) => i === 0 || (value ?? 0) > (first.values[i - 1] ?? 0));
  const texts = columns.findIndex((_, i) => rows.some((row) => numberOf(row[i]) === null));
  const names = texts < 0 ? undefined : rows.map((row) => replyLine(row[texts] ?? null, 16));
  return (
    <Chart
      label={grows ? `Over ${first.label}` : "Over the rows"}
      isTime={false}
      height={240}
      xs={grows ? first.values.map((value) => value ?? 0) : rows.map((_, i) => i)}
      names={grows ? undefined : names}
      series={grows ? numbers.slice(1) : numbers}
    />
  );
}
