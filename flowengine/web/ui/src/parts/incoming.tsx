import { useEffect, useRef } from "preact/hooks";

import type { Ringing } from "../protocol";

interface Props {
  ring: Ringing;
  busy: boolean;
  answer(): void;
  decline(): void;
}

/** A call that rings at this phone. */
export function Incoming({ ring, busy, answer, decline }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const label = `incoming-${ring.call}`;
  useEffect(() => button.current?.focus(), []);
  return (
    <section class="card incoming" role="alertdialog" aria-labelledby={label}>
      <h2 id={label}>
        <span class="number">{ring.caller}</span> calls <span class="number">{ring.callee}</span>
      </h2>
      <div class="buttons">
        <button ref={button} type="button" class="go" disabled={busy} onClick={answer}>
          Answer
        </button>
        <button type="button" class="stop" onClick={decline}>
          Decline
        </button>
      </div>
    </section>
  );
}
