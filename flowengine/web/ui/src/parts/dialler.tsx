import { useEffect, useRef, useState } from "preact/hooks";

import type { Line, Rings } from "../protocol";

/** What is called, and as what. */
export interface Wish {
  to: string;
  /** The flow that answers; empty: that of the number. */
  flow: string;
  /** The time that it is for the flow; empty: now. */
  at: string;
}

interface Props {
  lines: Line[];
  flows: string[];
  number: string;
  setNumber(number: string): void;
  rings: Rings;
  setRings(rings: Rings): void;
  ready: boolean;
  busy: boolean;
  call(wish: Wish): void;
  hangUp(): void;
}

/** Whom to call, from which number, and which calls ring here. */
export function Dialler({ lines, flows, number, setNumber, rings, setRings, ready, busy, call, hangUp }: Props) {
  const [chosen, setTo] = useState<string>();
  const [flow, setFlow] = useState("");
  const [at, setAt] = useState("");
  const [more, setMore] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const wasBusy = useRef(false);
  // In the same breath as the page learns of the numbers: whoever presses Enter then calls the first.
  const to = chosen ?? lines[0]?.number ?? "";

  // Whoever hung up by keyboard goes on with the next call, and not at the top of the page.
  useEffect(() => {
    if (wasBusy.current && !busy && document.activeElement === document.body) {
      button.current?.focus();
    }
    wasBusy.current = busy;
  }, [busy]);

  const submit = (event: Event) => {
    event.preventDefault();
    if (to.trim() !== "" && number !== "") {
      call({ to: to.trim(), flow: flows.includes(flow) ? flow : "", at: at.trim() });
    }
  };

  if (busy) {
    return (
      <section class="card dialler" aria-label="Call">
        <button type="button" class="stop" onClick={hangUp}>
          Hang up
        </button>
      </section>
    );
  }
  return (
    <form class="card dialler" onSubmit={submit} aria-label="Call">
      <label>
        <span>Number to call</span>
        <input
          name="to"
          list="lines"
          value={to}
          required
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setTo(event.currentTarget.value)}
        />
      </label>
      <datalist id="lines">
        {lines.map((line) => (
          <option key={line.number} value={line.number} label={line.flow} />
        ))}
      </datalist>
      <p class="hint">{lines.find((line) => line.number === to.trim())?.flow ?? (to ? "no number of this project" : "")}</p>
      <label>
        <span>Your number</span>
        <input
          name="number"
          value={number}
          required
          maxLength={256}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setNumber(event.currentTarget.value)}
        />
      </label>
      <label>
        <span>Rings for calls to</span>
        <select value={rings} onChange={(event) => setRings(event.currentTarget.value as Rings)}>
          <option value="any">any outside number</option>
          <option value="mine">your number only</option>
          <option value="none">no number</option>
        </select>
      </label>
      <details open={more} onToggle={(event) => setMore(event.currentTarget.open)}>
        <summary>Another flow, another time</summary>
        <label>
          <span>Flow that answers</span>
          <select value={flow} onChange={(event) => setFlow(event.currentTarget.value)}>
            <option value="">the flow of the number</option>
            {flows.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Time of the call</span>
          <input
            name="at"
            value={at}
            maxLength={64}
            autocomplete="off"
            spellcheck={false}
            placeholder="now"
            aria-describedby="at-hint"
            onInput={(event) => setAt(event.currentTarget.value)}
          />
        </label>
        <p id="at-hint" class="hint">
          Such as Sunday 03:00 or 2026-12-24 18:00: opening hours and all else that looks at the clock go by it.
        </p>
      </details>
      <button ref={button} type="submit" class="go" disabled={!ready}>
        Call
      </button>
    </form>
  );
}
