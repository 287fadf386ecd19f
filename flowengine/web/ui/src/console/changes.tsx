import { useEffect, useState } from "preact/hooks";

import { type Compared, type ComparedDay, get } from "./api";
import { Row } from "./calls";
import { endWords } from "./now";
import { useWide, VirtualList } from "./virtual";
import { count, dayOf, dayStart } from "./words";

const ROW = { wide: 92, narrow: 152 };

/** Which calls of a day would end differently in the flows as they are now. */
export function Changes({ flows, saves }: { flows: string[]; saves: number }) {
  const rowHeight = useWide() ? ROW.wide : ROW.narrow;
  const [from, setFrom] = useState(dayOf(1));
  const [to, setTo] = useState(dayOf(0));
  const [flow, setFlow] = useState("");
  const [runs, setRuns] = useState(0);
  const [day, setDay] = useState<ComparedDay | null>(null);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    if (runs === 0) {
      return;
    }
    const control = new AbortController();
    setBusy(true);
    get<ComparedDay>("/compare", { from: dayStart(from), to: dayStart(to, 1), flow }, control.signal).then(
      (found) => {
        setDay(found);
        setProblem("");
        setBusy(false);
      },
      (error: unknown) => {
        if (!control.signal.aborted) {
          setProblem(error instanceof Error ? error.message : String(error));
          setBusy(false);
        }
      },
    );
    return () => control.abort();
  }, [runs, saves]);

  return (
    <main class="console">
      <form
        class="card filter"
        aria-label="Calls to run again"
        onSubmit={(event) => {
          event.preventDefault();
          setRuns((before) => before + 1);
        }}
      >
        <label>
          <span>From</span>
          <input type="date" value={from} required onInput={(event) => setFrom(event.currentTarget.value)} />
        </label>
        <label>
          <span>To</span>
          <input type="date" value={to} required onInput={(event) => setTo(event.currentTarget.value)} />
        </label>
        <label>
          <span>Flow</span>
          <select value={flow} onChange={(event) => setFlow(event.currentTarget.value)}>
            <option value="">all</option>
            {flows.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <button type="submit" class="go">
          Run against the present flows
        </button>
      </form>
      <section class="card past" aria-labelledby="different">
        <h2 id="different">Calls that would end differently</h2>
        <div role="status">
          {problem !== "" && <p class="problem">{problem}</p>}
          {problem === "" && <p class="hint">{summary(day, busy)}</p>}
        </div>
        {day !== null && day.different.length > 0 && (
          <VirtualList
            count={day.different.length}
            rowHeight={rowHeight}
            label="List of calls"
            row={(index) => <Difference compared={day.different[index] as Compared} />}
          />
        )}
      </section>
    </main>
  );
}

function summary(day: ComparedDay | null, busy: boolean): string {
  if (day === null) {
    return busy
      ? "The calls are lived again."
      : "What happened in each call of the period happens again, in the flows as they are now.";
  }
  const differing = day.different.length - day.impossible;
  const parts = [`${count(day.looked_at)} calls`, `${count(differing)} would end differently`, `${count(day.same)} the same`];
  if (day.impossible > 0) {
    parts.push(`${count(day.impossible)} cannot be lived again`);
  }
  if (day.truncated) {
    parts.push("there are more");
  }
  return `${parts.join(", ")}.${busy ? " They are lived again." : ""}`;
}

function Difference({ compared: { row, rerun, problem } }: { compared: Compared }) {
  return (
    <Row row={row}>
      <span class="ends">
        {rerun === null ? (
          problem
        ) : (
          <>
            <span>It ended: {endWords(rerun.before)}</span>
            <strong>Now: {endWords(rerun.now)}</strong>
          </>
        )}
      </span>
    </Row>
  );
}
