import { useCallback, useEffect, useState } from "preact/hooks";

import { href } from "../route";
import { type CallRow, get, type Page } from "./api";
import type { News } from "./news";
import { useSettled } from "./use";
import { useWide, VirtualList } from "./virtual";
import { count, dayStart, ENDINGS, length, moment, stateWords, time } from "./words";

const ROW = { wide: 44, narrow: 100 };

interface Filter {
  q: string;
  flow: string;
  state: string;
  from: string;
  to: string;
}

const ALL: Filter = { q: "", flow: "", state: "", from: "", to: "" };

export function Calls({ news, flows }: { news: News; flows: string[] }) {
  const [filter, setFilter] = useState(ALL);
  const set = (part: Partial<Filter>) => setFilter((before) => ({ ...before, ...part }));
  const rowHeight = useWide() ? ROW.wide : ROW.narrow;
  const live = news.live.filter((row) => matches(row, filter));
  return (
    <main class="console">
      <form class="card filter" role="search" aria-label="Calls" onSubmit={(event) => event.preventDefault()}>
        <label class="wide">
          <span>Number or call</span>
          <input type="search" value={filter.q} maxLength={200} onInput={(event) => set({ q: event.currentTarget.value })} />
        </label>
        <label>
          <span>Flow</span>
          <select value={filter.flow} onChange={(event) => set({ flow: event.currentTarget.value })}>
            <option value="">all</option>
            {flows.map((flow) => (
              <option key={flow}>{flow}</option>
            ))}
          </select>
        </label>
        <label>
          <span>Ended by</span>
          <select value={filter.state} onChange={(event) => set({ state: event.currentTarget.value })}>
            <option value="">anything</option>
            {ENDINGS.map((ending) => (
              <option key={ending} value={ending}>
                {stateWords(ending)}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>From</span>
          <input type="date" value={filter.from} onInput={(event) => set({ from: event.currentTarget.value })} />
        </label>
        <label>
          <span>To</span>
          <input type="date" value={filter.to} onInput={(event) => set({ to: event.currentTarget.value })} />
        </label>
      </form>
      <section class="card" aria-labelledby="live">
        <h2 id="live">Going on ({count(live.length)})</h2>
        {live.length === 0 ? (
          <p class="hint">{news.live.length === 0 ? "No calls right now." : "No call right now is like that."}</p>
        ) : (
          <VirtualList
            count={live.length}
            rowHeight={rowHeight}
            label="Calls that go on"
            row={(index) => <Row row={live[index] as CallRow} />}
          />
        )}
      </section>
      <Past filter={filter} ends={news.ends} rowHeight={rowHeight} />
    </main>
  );
}

function matches(row: CallRow, { q, flow, state, from, to }: Filter): boolean {
  const wanted = q.trim().toLowerCase();
  const isFound = wanted === "" || [row.caller, row.called, row.id].some((text) => text.toLowerCase().includes(wanted));
  const begins = from === "" || row.started >= Number(dayStart(from));
  const ends = to === "" || row.started < Number(dayStart(to, 1));
  return isFound && (flow === "" || row.flow === flow) && state === "" && begins && ends;
}

/** The calls that are over: asked for piece by piece, as far as somebody scrolls. */
function Past({ filter, ends, rowHeight }: { filter: Filter; ends: number; rowHeight: number }) {
  const [rows, setRows] = useState<CallRow[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [problem, setProblem] = useState("");
  const [asked, setAsked] = useState("");
  const wanted = useSettled(filter);
  const settledEnds = useSettled(ends, 1000);

  const query = useCallback(
    (at: string) => ({
      q: wanted.q.trim(),
      flow: wanted.flow,
      state: wanted.state,
      from: dayStart(wanted.from),
      to: dayStart(wanted.to, 1),
      cursor: at,
    }),
    [wanted],
  );

  useEffect(() => {
    const control = new AbortController();
    get<Page>("/calls", query(""), control.signal).then(
      (page) => {
        setRows(page.calls);
        setCursor(page.cursor);
        setProblem("");
        setAsked("");
      },
      (error: unknown) => {
        if (!control.signal.aborted) {
          setProblem(String(error instanceof Error ? error.message : error));
        }
      },
    );
    return () => control.abort();
  }, [query, settledEnds]);

  const more = useCallback(() => {
    if (cursor === null || cursor === "" || cursor === asked) {
      return;
    }
    setAsked(cursor);
    get<Page>("/calls", query(cursor)).then(
      (page) => {
        setRows((before) => [...before, ...page.calls]);
        setCursor(page.cursor);
      },
      (error: unknown) => setProblem(String(error instanceof Error ? error.message : error)),
    );
  }, [cursor, asked, query]);

  return (
    <section class="card past" aria-labelledby="past">
      <h2 id="past">
        Over {cursor === null ? "" : `(${count(rows.length)}${cursor === "" ? "" : " and more"})`}
      </h2>
      {problem !== "" && <p role="alert">{problem}</p>}
      {rows.length === 0 ? (
        <p class="hint">{cursor === null ? "They are looked for." : "There is no such call."}</p>
      ) : (
        <VirtualList
          count={rows.length}
          rowHeight={rowHeight}
          label="Calls that are over"
          row={(index) => <Row row={rows[index] as CallRow} />}
          atEnd={more}
        />
      )}
    </section>
  );
}

function isWrong(ending: string): boolean {
  return ending === "error" || ending.startsWith("limit-");
}

export function Row({ row, children }: { row: CallRow; children?: preact.ComponentChildren }) {
  const at = row.step === "" ? row.at_flow || row.flow : `${row.at_flow} · ${row.step}`;
  const took = row.ended === null ? time(row.started) : `${moment(row.started)}, ${length(row.ended - row.started)}`;
  return (
    <a class="call-row" href={href("calls", row.id)}>
      <span class="who">
        <span class="number">{row.caller}</span> → <span class="number">{row.called}</span>
      </span>
      <span class="at">{at}</span>
      <span class={`state ${row.ended === null ? "live" : isWrong(row.state) ? "wrong" : ""}`}>{stateWords(row.state)}</span>
      <span class="when">{took}</span>
      {children}
    </a>
  );
}
