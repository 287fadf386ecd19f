import { useEffect, useRef } from "preact/hooks";

import type { Place } from "../protocol";
import { sourceKey } from "../state";

interface Props {
  place: Place | null;
  sources: Record<string, string>;
}

/** The flow's source, with the line at which the call stands, and those that led there. */
export function Whereabouts({ place, sources }: Props) {
  const here = useRef<HTMLLIElement>(null);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    if (here.current !== null && list.current !== null) {
      // Only the list moves, not the page.
      list.current.scrollTop = here.current.offsetTop - list.current.clientHeight / 2;
    }
  }, [place]);

  const text = place === null ? undefined : sources[sourceKey(place.version, place.file)];
  const path = new Set(place?.path);
  return (
    <section class="card source" aria-labelledby="where">
      <h2 id="where">{place === null ? "Where the call is" : `${place.file}, step ${place.step}`}</h2>
      {place === null || text === undefined ? (
        <p class="hint">While a call goes on, the flow's source stands here, with the line at which it is.</p>
      ) : (
        <ol class="lines" ref={list} tabIndex={0} aria-labelledby="where">
          {text.split("\n").map((line, index) => {
            const number = index + 1;
            const isHere = number === place.line;
            return (
              <li
                key={number}
                ref={isHere ? here : null}
                class={isHere ? "here" : path.has(number) ? "passed" : ""}
                {...(isHere ? { "aria-current": "step" as const } : {})}
              >
                <code>{line || " "}</code>
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}
