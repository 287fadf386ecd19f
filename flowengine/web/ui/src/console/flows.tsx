import { useEffect, useMemo, useState } from "preact/hooks";

import type { Project } from "../protocol";
import { Findings } from "../parts/findings";
import { href } from "../route";
import { type Flow, type FlowRow, get, part, type Statistics } from "./api";
import { FlowGraph } from "./graph";
import { SourceText } from "./source";
import { useLoaded } from "./use";
import { count, dayOf, dayStart, percent, stateWords } from "./words";

interface Props {
  flows: FlowRow[];
  name: string;
  project: Project | null;
  saves: number;
}

/** The project as it was saved last: its findings, and each flow with its picture and what callers do in it. */
export function Flows({ flows, name, project, saves }: Props) {
  const first = flows[0]?.name ?? "";
  const flow = name || first;
  return (
    <main class="console flows">
      <nav class="card" aria-label="Flows of the project">
        <ul>
          {flows.map((one) => (
            <li key={one.name}>
              <a href={href("flows", one.name)} {...(one.name === flow ? { "aria-current": "true" as const } : {})}>
                {one.name}
              </a>
              {one.numbers.length > 0 && <span class="hint number"> {one.numbers.join(", ")}</span>}
            </li>
          ))}
        </ul>
        {flows.length === 0 && <p class="hint">The project has no flow that can be read.</p>}
      </nav>
      <Findings project={project} />
      {flow !== "" && <OneFlow key={flow} name={flow} project={project} saves={saves} />}
    </main>
  );
}

function OneFlow({ name, project, saves }: { name: string; project: Project | null; saves: number }) {
  const flow = useLoaded((signal) => get<Flow>(`/flows/${part(name)}`, {}, signal), [name, saves]);
  const [counting, setCounting] = useState(false);
  const [from, setFrom] = useState(dayOf(6));
  const [to, setTo] = useState(dayOf(0));
  const [line, setLine] = useState(0);
  const statistics = useLoaded<Statistics | null>(
    (signal) =>
      counting
        ? get<Statistics>(`/flows/${part(name)}/statistics`, { from: dayStart(from), to: dayStart(to, 1) }, signal)
        : Promise.resolve(null),
    [name, counting, from, to],
  );
  const file = flow.value?.file;
  const marked = useMemo(() => {
    const found = project?.findings.filter((one) => one.file === file) ?? [];
    return new Map(found.map((one) => [one.line, one.severity]));
  }, [project, file]);
  useEffect(() => setLine(0), [name]);

  if (flow.value === null) {
    return <p class="hint">{flow.problem}</p>;
  }
  const { chart, text } = flow.value;
  return (
    <>
      <section class="card picture" aria-labelledby="picture">
        <h2 id="picture">The flow {name}</h2>
        <form class="period" aria-label="What callers do" onSubmit={(event) => event.preventDefault()}>
          <label class="switch">
            <input
              type="checkbox"
              checked={counting}
              onChange={(event) => setCounting(event.currentTarget.checked)}
            />
            Where callers leave
          </label>
          {counting && (
            <>
              <label>
                <span>From</span>
                <input type="date" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
              </label>
              <label>
                <span>To</span>
                <input type="date" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
              </label>
            </>
          )}
        </form>
        {statistics.problem !== "" && <p role="alert">{statistics.problem}</p>}
        {chart === null ? (
          <p class="hint">There is no picture of it.</p>
        ) : (
          <FlowGraph
            chart={chart}
            statistics={statistics.value}
            choose={(id) => setLine(chart.nodes.find((node) => node.id === id)?.line ?? 0)}
          />
        )}
      </section>
      {statistics.value !== null && <Counts statistics={statistics.value} />}
      <section class="card source" aria-labelledby="source">
        <h2 id="source">{file}</h2>
        <SourceText text={text} line={line} marked={marked} label={`Source of ${name}`} />
      </section>
    </>
  );
}

/** The same numbers as in the picture, as a table. */
function Counts({ statistics }: { statistics: Statistics }) {
  const steps = Object.entries(statistics.steps)
    .filter(([step]) => step !== "")
    .sort(([, a], [, b]) => b.entered - a.entered);
  return (
    <section class="card counts" aria-labelledby="counts">
      <h2 id="counts">
        {count(statistics.calls)} calls{statistics.truncated ? ", the latest" : ""}
      </h2>
      <p class="hint">
        {Object.entries(statistics.endings)
          .sort(([, a], [, b]) => b - a)
          .map(([how, calls]) => `${stateWords(how)}: ${count(calls)}`)
          .join(" · ")}
      </p>
      {steps.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Table of steps">
          <table>
            <thead>
              <tr>
                <th scope="col">Step</th>
                <th scope="col">Entered</th>
                <th scope="col">Left there</th>
                <th scope="col">Ended there</th>
                <th scope="col">Seconds</th>
                <th scope="col">Outcomes</th>
              </tr>
            </thead>
            <tbody>
              {steps.map(([step, one]) => (
                <tr key={step}>
                  <th scope="row">{step}</th>
                  <td>{count(one.entered)}</td>
                  <td>
                    {count(one.left)} ({percent(one.left, one.entered)})
                  </td>
                  <td>{count(one.ended)}</td>
                  <td>{(one.seconds / Math.max(1, one.entered)).toFixed(1)}</td>
                  <td>
                    {Object.entries(one.outcomes)
                      .sort(([, a], [, b]) => b - a)
                      .map(([outcome, times]) => `${outcome}: ${count(times)}`)
                      .join(", ")}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
