/** The slow log. */

import { useConsole } from "../app/console.ts";
import { line } from "../data/bytes.ts";
import { bytes, list, number, text } from "../data/replies.ts";
import { moment, span } from "../data/units.ts";
import { Show, useLoaded } from "../ui/loaded.tsx";

/** Commands that are fetched. */
const MOST = 256;

/** The view. */
export function SlowLogView() {
  const console = useConsole();
  const loaded = useLoaded(
    async (signal) => list(await console.one(["SLOWLOG", "GET", MOST], signal)).map(list),
    [],
  );
  const reset = async () => {
    const sure = await console.ask({
      title: "Empty the slow log?",
      text: "What is in it is forgotten.",
      action: "Empty",
    });
    if (sure && await console.change(["SLOWLOG", "RESET"])) loaded.again();
  };
  return (
    <div class="view">
      <div class="view-head">
        <h1>Slow log</h1>
        <button type="button" class="small" onClick={loaded.again}>Reload</button>
        {console.may("slowlog|reset") && (
          <button type="button" class="small danger" onClick={reset}>Empty it</button>
        )}
      </div>
      <Show of={loaded}>
        {(entries) =>
          entries.length === 0
            ? <p class="quiet">No command was slow.</p>
            : (
              <div class="table-box" tabIndex={0} role="region" aria-label="Slow commands">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Time</th>
                      <th scope="col">Took</th>
                      <th scope="col">Command</th>
                      <th scope="col">Client</th>
                    </tr>
                  </thead>
                  <tbody>
                    {entries.map(([id, time, us, words, address, name]) => (
                      <tr key={text(id)}>
                        <td>{moment(1000 * number(time))}</td>
                        <td>{number(us) < 1000 ? `${number(us)} µs` : span(number(us) / 1000)}</td>
                        <td class="code">
                          <bdi>{list(words).map((word) => line(bytes(word), 100)).join(" ")}</bdi>
                        </td>
                        <td>{text(address)} {text(name)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
      </Show>
    </div>
  );
}
