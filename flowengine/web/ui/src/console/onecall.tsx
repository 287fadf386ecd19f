import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { href } from "../route";
import { type Call, type Chart, get, part } from "./api";
import { Exchanges } from "./exchanges";
import { FlowGraph } from "./graph";
import { type Moment, momentsOf, variablesAt, wayTo } from "./moments";
import { Now } from "./now";
import { Save } from "./save";
import { SourceText } from "./source";
import { Stepper } from "./stepper";
import { useLoaded } from "./use";
import { VariableList } from "./variables";
import { length, moment, stateWords } from "./words";

interface Props {
  call: string;
  /** How many turns it has taken since it is looked at, and how often the project was saved. */
  turns: number;
  saves: number;
}

/** One call: what was said, where its flow was, and what the carrier was told, moment by moment. */
export function OneCall({ call, turns, saves }: Props) {
  const loaded = useLoaded((signal) => get<Call>(`/calls/${part(call)}`, {}, signal), [call, turns]);
  if (loaded.value === null) {
    return (
      <main class="console">
        <p class="hint" role={loaded.problem === "" ? "status" : "alert"}>
          {loaded.problem || "The call is fetched."}
        </p>
      </main>
    );
  }
  return <Shown call={loaded.value} saves={saves} />;
}

function Shown({ call, saves }: { call: Call; saves: number }) {
  const moments = useMemo(() => momentsOf(call), [call]);
  const last = moments.length - 1;
  // None chosen: the newest, which a call that goes on moves along with.
  const [chosen, choose] = useState<number | null>(null);
  const at = Math.min(chosen ?? last, last);
  const present = moments[at];
  const { row } = call;
  const isOver = row.ended !== null;

  return (
    <main class="console call">
      <section class="card facts" aria-label="About the call">
        <p>
          <a href={href("calls")}>All calls</a>
        </p>
        <dl>
          <Fact name="From" value={row.caller} />
          <Fact name="To" value={row.called} />
          <Fact name="Flow" value={row.flow} />
          <Fact name="Began" value={moment(row.started)} />
          {row.ended !== null && <Fact name="Took" value={length(row.ended - row.started)} />}
          <Fact name={isOver ? "Ended" : "Now"} value={stateWords(row.state)} />
          <Fact name="Carrier" value={row.carrier} />
          {call.clock !== "" && <Fact name="Flow's clock" value={call.clock} />}
          <Fact name="Version" value={`${call.version.slice(0, 8)}${call.present ? "" : ", not the present one"}`} />
        </dl>
        {isOver && (
          <div class="actions">
            <Save call={row.id} flow={row.flow} />
            <Now call={row.id} saves={saves} />
          </div>
        )}
      </section>
      <Stepper moments={moments} at={at} choose={(next) => choose(next >= last ? null : Math.max(0, next))} />
      <Conversation moments={moments} at={at} choose={choose} />
      {present !== undefined && <Picture call={call} moments={moments} at={at} present={present} />}
      <div class="column">
        {present !== undefined && <VariableList shown={variablesAt(present)} before={before(moments, at)} />}
        <Exchanges exchanges={call.exchanges} turn={present?.turn.number ?? 0} began={row.started} />
      </div>
    </main>
  );
}

function before(moments: Moment[], at: number) {
  const earlier = moments[at - 1];
  return earlier === undefined ? [] : variablesAt(earlier);
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** The conversation as it was; what came after the present moment stands back. */
function Conversation({ moments, at, choose }: { moments: Moment[]; at: number; choose(at: number): void }) {
  const box = useRef<HTMLOListElement>(null);
  const spoken = useMemo(() => moments.flatMap((one, index) => (one.text === "" ? [] : [{ one, index }])), [moments]);
  const current = spoken.findLast(({ index }) => index <= at)?.index;
  useEffect(() => {
    const list = box.current;
    const entry = list?.querySelector<HTMLElement>("[aria-current]");
    if (list && entry) {
      const top = entry.offsetTop - list.offsetTop;
      if (top < list.scrollTop || top + entry.offsetHeight > list.scrollTop + list.clientHeight) {
        list.scrollTop = top - list.clientHeight / 2;
      }
    }
  }, [current]);
  return (
    <section class="card talk" aria-labelledby="talk">
      <h2 id="talk">Conversation</h2>
      <ol class="log past" ref={box} tabIndex={0} aria-labelledby="talk">
        {spoken.map(({ one, index }) => (
          <li key={index} class={index > at ? "later" : ""}>
            <button
              type="button"
              class={`entry ${one.who === "caller" ? "you" : one.who}`}
              {...(index === current ? { "aria-current": "step" as const } : {})}
              onClick={() => choose(index)}
            >
              {(one.who === "flow" || one.who === "caller") && (
                <span class="who">{one.who === "flow" ? "Flow" : "Caller"}</span>
              )}
              <span class="text">{one.text}</span>
            </button>
            {one.entry === -1 && one.turn.recording !== "" && <Recording url={one.turn.recording} />}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What was recorded: of the embedded carrier it is played here, of others it lies with them. */
function Recording({ url }: { url: string }) {
  const found = URL.canParse(url, location.href) ? new URL(url, location.href) : null;
  if (found?.pathname.startsWith("/carrier/recordings/")) {
    return <audio controls preload="none" src={found.pathname} aria-label="The recording" />;
  }
  return found?.protocol === "https:" || found?.protocol === "http:" ? (
    <p class="hint">
      <a href={found.href} target="_blank" rel="noreferrer">
        The recording, at the carrier
      </a>
    </p>
  ) : null;
}

/** The flow that is under way at the moment: its picture and its source. */
function Picture({ call, moments, at, present }: { call: Call; moments: Moment[]; at: number; present: Moment }) {
  const { flow } = present;
  const chart = useLoaded(
    (signal) => get<Chart>(`/pictures/${part(flow)}`, { version: call.version }, signal),
    [flow, call.version],
  );
  const way = useMemo(() => wayTo(moments, at, flow), [moments, at, flow]);
  const file = call.flows[flow];
  const text = file === undefined ? undefined : call.files[file];
  const passed = useMemo(
    () => new Set(moments.slice(0, at).flatMap((one) => (one.turn === present.turn && one.flow === flow ? [one.line] : []))),
    [moments, at, present, flow],
  );
  return (
    <div class="column">
      <section class="card picture" aria-labelledby="picture">
        <h2 id="picture">The flow {flow}</h2>
        {chart.value !== null && chart.value.flow === flow ? (
          <FlowGraph chart={chart.value} here={way.here} visited={way.visited} ways={way.ways} />
        ) : (
          <p class="hint">{chart.problem || "The picture is drawn."}</p>
        )}
      </section>
      <section class="card source" aria-labelledby="source">
        <h2 id="source">
          {file ?? flow}
          {present.step !== "" && `, step ${present.step}`}
        </h2>
        {text === undefined ? (
          <p class="hint">The version that the call began with is not kept any more.</p>
        ) : (
          <SourceText text={text} line={present.line} passed={passed} label={`Source of ${flow}`} />
        )}
      </section>
    </div>
  );
}
