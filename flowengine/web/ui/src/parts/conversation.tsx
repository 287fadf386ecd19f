import { useEffect, useRef } from "preact/hooks";

import type { Entry } from "../state";

const NAMES: Record<Entry["who"], string> = { flow: "Flow", you: "You", note: "", trouble: "Trouble" };

/** The conversation as it goes on, in words. */
export function Conversation({ entries }: { entries: Entry[] }) {
  const log = useRef<HTMLDivElement>(null);
  const newest = entries.at(-1);
  useEffect(() => {
    if (log.current !== null) {
      log.current.scrollTop = log.current.scrollHeight;
    }
  }, [newest]);
  return (
    <section class="card conversation" aria-labelledby="conversation">
      <h2 id="conversation">Conversation</h2>
      <div class="log" role="log" aria-labelledby="conversation" tabIndex={0} ref={log}>
        {entries.length === 0 && <p class="hint">Call a number: what is said stands here.</p>}
        {entries.map((entry) => (
          <div key={entry.id} class={`entry ${entry.who}`} {...(entry.language ? { lang: entry.language } : {})}>
            {NAMES[entry.who] !== "" && <span class="who">{NAMES[entry.who]}</span>}
            <span class="text">{entry.text}</span>
            {entry.recording !== undefined && (
              <audio controls preload="none" src={entry.recording} aria-label={entry.text} />
            )}
          </div>
        ))}
      </div>
    </section>
  );
}
