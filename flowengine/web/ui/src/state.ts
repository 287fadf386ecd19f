// All that the page shows, as one value; news from the server lead from one to the next.

import type { Behaving, Call, News, Place, Project, Ringing } from "./protocol";

export interface Entry {
  id: number;
  who: "flow" | "you" | "note" | "trouble";
  text: string;
  language?: string;
  recording?: string;
}

export interface State {
  connected: boolean;
  project: Project | null;
  phones: Behaving[];
  call: Call | null;
  /** When the last news of the call came, on the page's own clock in milliseconds: its times count from here. */
  callSince: number;
  ringing: Ringing[];
  entries: Entry[];
  place: Place | null;
  sources: Record<string, string>;
  milliseconds: number | null;
  next: number;
}

export type Change = News | { type: "connected"; connected: boolean } | { type: "dialled" };

export const START: State = {
  connected: false,
  project: null,
  phones: [],
  call: null,
  callSince: 0,
  ringing: [],
  entries: [],
  place: null,
  sources: {},
  milliseconds: null,
  next: 0,
};

const MOST_ENTRIES = 500;

export function sourceKey(version: string, file: string): string {
  return `${version} ${file}`;
}

export function inCall(state: State): boolean {
  return state.call !== null && !state.call.is_over;
}

function add(state: State, entry: Omit<Entry, "id">): State {
  const entries = [...state.entries, { ...entry, id: state.next }].slice(-MOST_ENTRIES);
  return { ...state, entries, next: state.next + 1 };
}

/** Keys that are pressed one after the other stand on one line. */
function addKeys(state: State, keys: string): State {
  const last = state.entries.at(-1);
  if (last?.who !== "you" || !/^[0-9*#A-D•]+$/.test(last.text)) {
    return add(state, { who: "you", text: keys });
  }
  return { ...state, entries: [...state.entries.slice(0, -1), { ...last, text: last.text + keys }] };
}

function takeCall(state: State, call: Call, now: number): State {
  const isNew = state.call?.id !== call.id;
  const before = isNew
    ? { ...state, entries: [], place: null, milliseconds: null, ringing: state.ringing.filter((one) => one.call !== call.id) }
    : state;
  const next = { ...before, call, callSince: now };
  return call.is_over && !(state.call?.is_over && !isNew) ? add(next, { who: "note", text: ending(call.state) }) : next;
}

function ending(state: string): string {
  const words: Record<string, string> = {
    completed: "The call is over.",
    busy: "Busy.",
    "no-answer": "Nobody answered.",
    failed: "The call could not be connected.",
    canceled: "The caller gave up.",
  };
  return words[state] ?? state;
}

function sounding(sort: string, text: string): string {
  switch (sort) {
    case "play":
      return `(plays ${text.slice(text.lastIndexOf("/") + 1)})`;
    case "digits":
      return `(keys are played: ${text})`;
    default:
      return `(${sort})`;
  }
}

export function change(state: State, news: Change, now: number): State {
  switch (news.type) {
    case "connected":
      return news.connected ? { ...START, connected: true, next: state.next } : { ...state, connected: false, ringing: [] };
    case "dialled":
      return { ...state, entries: [] };
    case "project":
      return { ...state, project: news };
    case "network":
      return { ...state, phones: news.phones };
    case "call":
      return takeCall(state, news, now);
    case "ringing":
      return { ...state, ringing: [...state.ringing, news] };
    case "silent":
      return { ...state, ringing: state.ringing.filter((one) => one.call !== news.call) };
    case "heard":
      return news.sort === "say"
        ? add(state, { who: "flow", text: news.text, language: news.language })
        : add(state, { who: "note", text: sounding(news.sort, news.text) });
    case "did":
      return news.sort === "keys" ? addKeys(state, news.text) : add(state, { who: "you", text: news.text || "(spoke)" });
    case "recorded":
      return add(state, {
        who: "note",
        text: `Recorded ${Math.round(news.seconds)} s`,
        recording: news.path,
      });
    case "answered":
      return { ...state, milliseconds: news.milliseconds };
    case "source":
      return { ...state, sources: { ...state.sources, [sourceKey(news.version, news.file)]: news.text } };
    case "place":
      return { ...state, place: news };
    case "trouble":
      return add(state, { who: "trouble", text: news.text });
  }
}
