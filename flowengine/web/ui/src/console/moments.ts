// A call as a row of moments, one for each thing that happened: what the page steps through.

import type { Call, Entry, Turn, Variables } from "./api";
import { value } from "./words";

export interface Moment {
  turn: Turn;
  at: number;
  /** Who did it: the caller (or the world around the call), or the flow; notes are neither. */
  who: "caller" | "flow" | "note" | "trouble";
  /** In words; empty for what only moves on in the flow. */
  text: string;
  flow: string;
  step: string;
  line: number;
  /** The place of its entry in the turn; -1 for the event that began the turn. */
  entry: number;
}

/** What is heard or written down is told by an entry of its own. */
const TOLD = new Set(["say", "play", "pause", "log", "emit"]);
const QUIET = new Set(["menu", "gather", "answer", "hangup"]);

/** All moments of a call, in order. */
export function momentsOf(call: Call): Moment[] {
  const found: Moment[] = [];
  let [flow, step, line] = [call.row.flow, "", 0];
  for (const turn of call.turns) {
    const said = eventWords(turn);
    if (said !== null) {
      found.push({ turn, at: turn.at, ...said, flow, step, line, entry: -1 });
    }
    turn.entries.forEach((entry, index) => {
      if (entry.line > 0) {
        [flow, step, line] = [entry.flow, entry.step, entry.line];
      }
      if (entry.kind !== "verb" || !TOLD.has(entry.name)) {
        found.push({ turn, at: entry.at, ...entryWords(entry), flow, step, line, entry: index });
      }
    });
  }
  return found;
}

type Words = Pick<Moment, "who" | "text">;

/** What an event says that no entry of its turn says. */
function eventWords({ event, text }: Turn): Words | null {
  switch (event) {
    case "started":
      return { who: "note", text: "The call begins." };
    case "recorded":
      return { who: "caller", text: `recorded: ${text}` };
    case "dialled":
      return { who: "note", text: `The other side: ${text}` };
    case "fetched":
    case "texted":
      return text === "" ? null : { who: "note", text: `${event === "fetched" ? "The service" : "The text"}: ${text}` };
    case "waiting":
      return { who: "note", text: `In the queue: ${text}` };
    case "hungup":
      return { who: "caller", text: "hangs up" };
    case "time_up":
      return { who: "note", text: "The call has reached its longest time." };
    case "failed":
      return { who: "trouble", text: `The carrier: ${text}` };
    default:
      return null;
  }
}

function entryWords(entry: Entry): Words {
  switch (entry.kind) {
    case "said":
      return { who: "flow", text: entry.text };
    case "played":
      return { who: "flow", text: `plays ${entry.text}` };
    case "input":
      return { who: "caller", text: inputWords(entry) };
    case "press":
      return { who: "caller", text: `presses ${entry.name}` };
    case "verb":
      return { who: "note", text: QUIET.has(entry.name) ? "" : `${entry.name} ${entry.text}`.trim() };
    case "log":
      return { who: "note", text: `log: ${entry.text}` };
    case "emit":
      return { who: "note", text: `emit ${entry.name}` };
    case "run":
      return { who: "note", text: `runs ${entry.name}` };
    case "return":
      return { who: "note", text: entry.name === "failed" ? `fails: ${entry.text}` : "returns" };
    case "limit":
    case "error":
      return { who: "trouble", text: entry.text || entry.name };
    case "hangup":
      return { who: "note", text: entry.name === "caller" ? "The caller has hung up." : "The flow ends the call." };
    default:
      return { who: "note", text: "" };
  }
}

function inputWords(entry: Entry): string {
  switch (entry.name) {
    case "silence":
      return "says nothing";
    case "speech":
      return `says: ${entry.text}`;
    case "misfit":
      return `presses ${entry.text || "the finish key"}, which does not fit`;
    case "finish":
      return "presses the finish key";
    default:
      return `presses ${entry.text}`;
  }
}

/** What a moment does, for the one who steps through them: the quiet ones, too. */
export function momentWords({ turn, text, entry }: Moment): string {
  if (text !== "") {
    return text;
  }
  const found = turn.entries[entry];
  switch (found?.kind) {
    case "step":
      return `enters ${found.step}`;
    case "set":
      return `${found.name} = ${value(found.data)}`;
    case "branch":
      return `takes the branch ${found.name}`;
    case "outcome":
      return `outcome ${found.name}`;
    case "verb":
      return found.name;
    case "paused":
      return "pauses";
    default:
      return found?.kind ?? "";
  }
}

/** The variables at a moment: those before its turn, and what was set since. */
export function variablesAt(moment: Moment): Variables[] {
  const { turn, entry } = moment;
  if (entry === turn.entries.length - 1 || turn.entries.length === 0) {
    return turn.variables;
  }
  const flows = turn.before.map((one) => ({ flow: one.flow, values: { ...one.values } }));
  for (const done of turn.entries.slice(0, entry + 1)) {
    if (done.kind === "set" && !done.name.includes(".")) {
      let frame = flows.findLast((one) => one.flow === done.flow);
      if (frame === undefined) {
        frame = { flow: done.flow, values: {} };
        flows.push(frame);
      }
      frame.values[done.name] = done.data;
    }
  }
  return flows;
}

export interface Way {
  here: string;
  visited: Set<string>;
  ways: Set<string>;
}

/** Where the flow on display is at a moment, and the boxes and ways that the call has been to. */
export function wayTo(moments: Moment[], at: number, flow: string): Way {
  const visited = new Set<string>();
  const ways = new Set<string>();
  let here = "";
  for (const { turn, entry } of moments.slice(0, at + 1)) {
    const done = turn.entries[entry];
    if (done === undefined || done.flow !== flow) {
      continue;
    }
    if (done.kind === "step") {
      const next = `step:${done.step}`;
      if (here !== "") {
        ways.add(`${here}>${next}`);
      }
      here = next;
      visited.add(here);
    } else if (done.kind === "run") {
      visited.add(`flow:${done.name}`);
      ways.add(`${here}>flow:${done.name}`);
    }
  }
  return { here, visited, ways };
}
