import { useEffect, useState } from "preact/hooks";

import type { Line, Rings } from "../protocol";

interface Props {
  lines: Line[];
  number: string;
  setNumber(number: string): void;
  rings: Rings;
  setRings(rings: Rings): void;
  ready: boolean;
  busy: boolean;
  call(to: string): void;
  hangUp(): void;
}

/** Whom to call, from which number, and which calls ring here. */
export function Dialler({ lines, number, setNumber, rings, setRings, ready, busy, call, hangUp }: Props) {
  const [to, setTo] = useState("");
  const first = lines[0]?.number ?? "";
  useEffect(() => setTo((chosen) => chosen || first), [first]);

  const submit = (event: Event) => {
    event.preventDefault();
    if (busy) {
      hangUp();
    } else if (to.trim() !== "" && number !== "") {
      call(to.trim());
    }
  };

  return (
    <form class="card dialler" onSubmit={submit} aria-label="Call">
      <label>
        <span>Number to call</span>
        <input
          name="to"
          list="lines"
          value={to}
          readOnly={busy}
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
          readOnly={busy}
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
      <button type="submit" class={busy ? "stop" : "go"} disabled={!ready}>
        {busy ? "Hang up" : "Call"}
      </button>
    </form>
  );
}
