/** Changes as a table. */

import { moment } from "../data/units.ts";
import { replyLine } from "../ui/reply_text.ts";
import type { Change } from "./timeline.ts";

/** Changes that are in the table at most. */
const MOST = 200;

/** @param current The index of the one that the slider is at. */
export function Changes({ changes, current, onChosen }: {
  readonly changes: readonly Change[];
  readonly current: number;
  readonly onChosen: (change: Change) => void;
}) {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Changes">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Change</th>
            <th scope="col">Data</th>
          </tr>
        </thead>
        <tbody>
          {changes.slice(-MOST).toReversed().map((change) => (
            <tr
              key={change.version}
              aria-current={changes[current] === change ? "true" : undefined}
            >
              <td>
                <button type="button" class="cell number" onClick={() => onChosen(change)}>
                  {moment(change.atMs)}
                </button>
              </td>
              <td>{change.operation}</td>
              <td class="code">
                <bdi>{replyLine(change.data)}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
