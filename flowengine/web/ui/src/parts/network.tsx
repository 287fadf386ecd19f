import { useState } from "preact/hooks";

import type { Behaving, Does } from "../protocol";

interface Props {
  phones: Behaving[];
  ready: boolean;
  behave(phone: Behaving): void;
  forget(number: string): void;
}

const DOES: Record<Does, string> = {
  answer: "is answered",
  busy: "is busy, or declines",
  "no-answer": "is not answered",
  machine: "is answered by a machine",
  fail: "cannot be reached",
};

const SECONDS = 1;

/** What the phones of the simulated network do by themselves, when a flow calls them. */
export function Network({ phones, ready, behave, forget }: Props) {
  const [number, setNumber] = useState("");
  const [does, setDoes] = useState<Does>("busy");
  const [after, setAfter] = useState(SECONDS);

  const submit = (event: Event) => {
    event.preventDefault();
    behave({ number: number.trim(), does, after });
    setNumber("");
  };

  return (
    <section class="card network" aria-labelledby="network">
      <h2 id="network">Simulated phones</h2>
      {phones.length === 0 ? (
        <p class="hint">A number that a flow calls is answered, by a tab that is free or by itself.</p>
      ) : (
        <ul>
          {phones.map((phone) => (
            <li key={phone.number}>
              <span>
                <span class="number">{phone.number}</span> {DOES[phone.does]}
                {phone.does !== "no-answer" && ` after ${phone.after} s`}
              </span>
              <button type="button" aria-label={`Forget ${phone.number}`} onClick={() => forget(phone.number)}>
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>Set up a phone</summary>
        <form onSubmit={submit}>
          <label>
            <span>Number, or a pattern with *</span>
            <input
              name="simulated"
              value={number}
              required
              maxLength={64}
              autocomplete="off"
              spellcheck={false}
              placeholder="+15551230001"
              onInput={(event) => setNumber(event.currentTarget.value)}
            />
          </label>
          <label>
            <span>What becomes of a call to it</span>
            <select value={does} onChange={(event) => setDoes(event.currentTarget.value as Does)}>
              {Object.entries(DOES).map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>Seconds that it rings before</span>
            <input
              type="number"
              name="after"
              min={0}
              max={600}
              step="any"
              value={after}
              disabled={does === "no-answer"}
              onInput={(event) => setAfter(event.currentTarget.valueAsNumber || 0)}
            />
          </label>
          <button type="submit" disabled={!ready || number.trim() === ""}>
            Set up
          </button>
        </form>
      </details>
    </section>
  );
}
