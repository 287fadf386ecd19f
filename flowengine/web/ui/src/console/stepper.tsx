import { useLayoutEffect } from "preact/hooks";

import { type Moment, momentWords } from "./moments";
import { length, time } from "./words";

interface Props {
  moments: Moment[];
  at: number;
  choose(at: number): void;
}

/** Forwards and backwards through a call: with buttons, with the slider, and with the arrow keys. */
export function Stepper({ moments, at, choose }: Props) {
  const last = moments.length - 1;
  const present = moments[at];

  // Before anything is painted: who sees a moment may press a key at once.
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      // What can be scrolled or filled in has its own use for these keys.
      const hasItsOwn = target.matches("[tabindex], input, select, textarea, audio");
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || hasItsOwn) {
        return;
      }
      const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
      if (next !== undefined && next >= 0 && next <= last) {
        event.preventDefault();
        choose(next);
      }
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [at, last, choose]);

  if (present === undefined) {
    return null;
  }
  const began = moments[0]?.at ?? present.at;
  return (
    <section class="card stepper" aria-label="Moments of the call">
      <div class="buttons" role="group" aria-label="Step">
        <button type="button" disabled={at === 0} onClick={() => choose(0)} aria-label="First moment">
          «
        </button>
        <button type="button" disabled={at === 0} onClick={() => choose(at - 1)} aria-label="Back">
          ‹
        </button>
        <button type="button" disabled={at === last} onClick={() => choose(at + 1)} aria-label="Forward">
          ›
        </button>
        <button type="button" disabled={at === last} onClick={() => choose(last)} aria-label="Last moment">
          »
        </button>
      </div>
      <input
        type="range"
        min="0"
        max={last}
        value={at}
        aria-label="Moment"
        aria-valuetext={momentWords(present)}
        onInput={(event) => choose(Number(event.currentTarget.value))}
      />
      <p class="moment" role="status">
        <span class="hint">
          {at + 1} of {last + 1} · {time(present.at)} · {length(present.at - began)} · line {present.line}
        </span>
        <span class="what">{momentWords(present)}</span>
      </p>
    </section>
  );
}
