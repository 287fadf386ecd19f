import { useEffect, useState } from "preact/hooks";

import { type Compared, type Ending, type Entry, get, part, type Rerun } from "./api";
import { stateWords, value } from "./words";

/** How the call would end in the flow as it is now: asked for once, then again with every save. */
export function Now({ call, saves }: { call: string; saves: number }) {
  const [asked, setAsked] = useState(false);
  const [compared, setCompared] = useState<Compared | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    if (!asked) {
      return;
    }
    get<Compared>(`/calls/${part(call)}/now`).then(
      (found) => {
        setCompared(found);
        setProblem(found.problem);
      },
      (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)),
    );
  }, [asked, call, saves]);
  return (
    <div class="now">
      <button type="button" onClick={() => setAsked(true)}>
        Run against the present flow
      </button>
      <div role="status" class="result">
        {problem !== "" && <p class="problem">{problem}</p>}
        {problem === "" && compared?.rerun != null && <Ends rerun={compared.rerun} />}
      </div>
    </div>
  );
}

export function Ends({ rerun }: { rerun: Rerun }) {
  const { before, now, parting, unused } = rerun;
  const differs = before.how !== now.how || before.flow !== now.flow || before.step !== now.step;
  return (
    <div class={differs ? "ends differs" : "ends"}>
      {differs ? (
        <dl>
          <div>
            <dt>It ended</dt>
            <dd>{endWords(before)}</dd>
          </div>
          <div>
            <dt>Now it would end</dt>
            <dd>{endWords(now)}</dd>
          </div>
        </dl>
      ) : (
        <p>It would end the same: {endWords(before)}.</p>
      )}
      {parting !== null && (
        <p class="hint">
          {differs ? "It parts" : "On the way it differs"} in turn {parting.turn}: {entryText(parting.before)}; now:{" "}
          {entryText(parting.now)}.
        </p>
      )}
      {unused > 0 && <p class="hint">{unused === 1 ? "One turn" : `${unused} turns`} of what happened then would have no place any more.</p>}
    </div>
  );
}

export function endWords({ how, flow, step }: Ending): string {
  const place = step === "" ? flow : `${step} of ${flow}`;
  return place === "" ? stateWords(how) : `${stateWords(how)}, in ${place}`;
}

function entryText(entry: Entry | null): string {
  if (entry === null) {
    return "nothing more";
  }
  const what = entry.text || (entry.data == null ? "" : value(entry.data));
  return [entry.kind, entry.name, what && `“${what.slice(0, 120)}”`].filter((part) => part !== "").join(" ");
}
