/** A sorted set of places on a map. */

import { useMemo, useRef, useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { bytesOf, line } from "../data/bytes.ts";
import { bytes, list, number, text } from "../data/replies.ts";
import { count } from "../data/units.ts";
import { Show, useLoaded } from "../ui/loaded.tsx";
import { coasts, type Place, type Sight, sightOf, stepFor } from "./geo.ts";
import type { ValueProps } from "./value_props.ts";

/** Places that are drawn. */
const MOST = 5000;
/** The map's size in units of its own. */
const WIDTH = 960, HEIGHT = 460;

interface Member {
  readonly member: Uint8Array;
  readonly place: Place;
}

/** The view. */
export function GeoMap({ name, facts }: ValueProps) {
  const console = useConsole();
  const key = bytesOf(name);
  const loaded = useLoaded(async (signal): Promise<readonly Member[]> => {
    const members = list(await console.one(["ZRANGE", key, 0, MOST - 1], signal)).map(bytes);
    const places = list(await console.one(["GEOPOS", key, ...members], signal));
    return members.flatMap((member, i) => {
      const place = places[i];
      if (!(place instanceof Array)) return [];
      return [{ member, place: [number(place[0]), number(place[1])] as const }];
    });
  }, [name, facts]);
  const land = useLoaded(coasts, []).value;
  return (
    <Show of={loaded}>
      {(members) => (
        <Map name={name} members={members} land={land ?? []} total={facts.length ?? 0} />
      )}
    </Show>
  );
}

function Map({ name, members, land, total }: {
  readonly name: ValueProps["name"];
  readonly members: readonly Member[];
  readonly land: readonly (readonly Place[])[];
  readonly total: number;
}) {
  const all = useMemo(() => sightOf(members.map(({ place }) => place)), [members]);
  const [sight, setSight] = useState(all);
  const [chosen, setChosen] = useState<Member | undefined>();
  const drag = useRef<{ x: number; y: number; sight: Sight } | undefined>(undefined);
  const scale = WIDTH / sight.degrees;
  const x = (longitude: number) => WIDTH / 2 + (longitude - sight.middle[0]) * scale;
  const y = (latitude: number) => HEIGHT / 2 - (latitude - sight.middle[1]) * scale;
  const zoom = (by: number) =>
    setSight((sight) => ({ ...sight, degrees: Math.min(360, Math.max(0.01, sight.degrees * by)) }));
  const path = useMemo(
    () =>
      land.map((line) =>
        line.map(([east, north], i) =>
          `${i === 0 ? "M" : "L"}${x(east).toFixed(1)} ${y(north).toFixed(1)}`
        ).join("")
      ).join(""),
    [land, sight],
  );
  return (
    <>
      <div class="actions">
        <button type="button" class="small" onClick={() => zoom(0.5)}>Closer</button>
        <button type="button" class="small" onClick={() => zoom(2)}>Farther</button>
        <button type="button" class="small" onClick={() => setSight(all)}>All</button>
        <span class="quiet">
          {count(members.length)} of {count(total)} places; drag to move
        </span>
      </div>
      <svg
        class="map"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="group"
        aria-label="Map"
        onPointerDown={({ clientX, clientY }) => {
          drag.current = { x: clientX, y: clientY, sight };
        }}
        onPointerMove={({ clientX, clientY, currentTarget }) => {
          const { current } = drag;
          if (current === undefined) return;
          const perPixel = WIDTH / currentTarget.clientWidth / scale;
          setSight({
            ...current.sight,
            middle: [
              current.sight.middle[0] - (clientX - current.x) * perPixel,
              current.sight.middle[1] + (clientY - current.y) * perPixel,
            ],
          });
        }}
        onPointerUp={() => drag.current = undefined}
        onPointerLeave={() => drag.current = undefined}
      >
        <Net sight={sight} x={x} y={y} />
        <path class="coast" d={path} />
        {members.map(({ member, place: [east, north] }, i) => (
          <circle
            key={i}
            class={chosen?.member === member ? "place chosen" : "place"}
            cx={x(east)}
            cy={y(north)}
            r={chosen?.member === member ? 6 : members.length > 200 ? 2.5 : 4.5}
            tabIndex={i < 200 ? 0 : undefined}
            role="button"
            aria-label={line(member, 60)}
            onClick={() => setChosen(members[i])}
            onKeyDown={(event) => event.key === "Enter" && setChosen(members[i])}
          >
            <title>{`${line(member, 60)}: ${east.toFixed(5)}, ${north.toFixed(5)}`}</title>
          </circle>
        ))}
        {members.length <= 40 &&
          members.map(({ member, place: [east, north] }, i) => (
            <text key={i} class="place-name" x={x(east) + 8} y={y(north) + 4}>
              {line(member, 24)}
            </text>
          ))}
      </svg>
      {chosen && <Nearest name={name} from={chosen} />}
    </>
  );
}

function Net({ sight: { middle, degrees }, x, y }: {
  readonly sight: Sight;
  readonly x: (longitude: number) => number;
  readonly y: (latitude: number) => number;
}) {
  const step = stepFor(degrees);
  const steps = (middle: number, span: number, limit: number) => {
    const from = Math.ceil(Math.max(-limit, middle - span / 2) / step);
    const to = Math.floor(Math.min(limit, middle + span / 2) / step);
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => (from + i) * step);
  };
  const shown = (value: number) => `${Number(value.toFixed(2))}°`;
  return (
    <g class="net" aria-hidden="true">
      {steps(middle[0], degrees, 180).map((east) => (
        <g key={`e${east}`}>
          <line x1={x(east)} x2={x(east)} y1="0" y2={HEIGHT} />
          <text x={x(east) + 3} y={HEIGHT - 4}>{shown(east)}</text>
        </g>
      ))}
      {steps(middle[1], degrees * HEIGHT / WIDTH, 90).map((north) => (
        <g key={`n${north}`}>
          <line x1="0" x2={WIDTH} y1={y(north)} y2={y(north)} />
          <text x="3" y={y(north) - 3}>{shown(north)}</text>
        </g>
      ))}
    </g>
  );
}

/** The places around one. */
function Nearest({ name, from }: { readonly name: ValueProps["name"]; readonly from: Member }) {
  const console = useConsole();
  const loaded = useLoaded(async (signal) => {
    const reply = await console.one([
      ...["GEOSEARCH", bytesOf(name), "FROMMEMBER", from.member, "BYRADIUS", 20_100, "km"],
      ...["ASC", "COUNT", 11, "WITHDIST"],
    ], signal);
    return list(reply).map(list);
  }, [name, line(from.member)]);
  return (
    <Show of={loaded}>
      {(found) => (
        <div class="table-box" tabIndex={0} role="region" aria-label="Nearest">
          <table>
            <thead>
              <tr>
                <th scope="col">Nearest to {line(from.member, 60)}</th>
                <th scope="col">Distance</th>
              </tr>
            </thead>
            <tbody>
              {found.map(([member, distance], i) => (
                <tr key={i}>
                  <td>
                    <bdi>{line(bytes(member))}</bdi>
                  </td>
                  <td>{Number(text(distance)).toFixed(1)} km</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Show>
  );
}
