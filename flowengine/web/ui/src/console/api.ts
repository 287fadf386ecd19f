// What the console asks of the server: the twin of flowengine/web/console/views.py.

export interface CallRow {
  id: string;
  flow: string;
  caller: string;
  called: string;
  direction: string;
  carrier: string;
  started: number;
  ended: number | null;
  state: string;
  at_flow: string;
  step: string;
  line: number;
  turns: number;
}

export interface Page {
  calls: CallRow[];
  cursor: string;
}

export interface Entry {
  kind: string;
  at: number;
  flow: string;
  step: string;
  line: number;
  name: string;
  text: string;
  data: unknown;
}

export interface Variables {
  flow: string;
  values: Record<string, unknown>;
}

export interface Turn {
  number: number;
  at: number;
  event: string;
  text: string;
  recording: string;
  entries: Entry[];
  before: Variables[];
  variables: Variables[];
  waits: string;
}

export interface Exchange {
  at: number;
  turn: number;
  seconds: number;
  method: string;
  path: string;
  fields: Record<string, string>;
  status: number;
  content_type: string;
  body: string;
}

export interface Call {
  row: CallRow;
  version: string;
  present: boolean;
  clock: string;
  arguments: Record<string, unknown>;
  turns: Turn[];
  exchanges: Exchange[] | null;
  files: Record<string, string>;
  flows: Record<string, string>;
}

export interface ChartNode {
  id: string;
  kind: "step" | "handler" | "subflow";
  title: string;
  line: number;
  start: boolean;
  listens: boolean;
  rows: { kind: string; text: string; line: number }[];
}

export interface ChartEdge {
  source: string;
  target: string;
  kind: "goto" | "run";
  labels: string[];
}

export interface Chart {
  flow: string;
  file: string;
  version: string;
  nodes: ChartNode[];
  edges: ChartEdge[];
}

export interface FlowRow {
  name: string;
  file: string;
  numbers: string[];
}

export interface Flow {
  name: string;
  file: string;
  text: string;
  chart: Chart | null;
}

export interface StepCounts {
  entered: number;
  left: number;
  ended: number;
  seconds: number;
  outcomes: Record<string, number>;
}

export interface Statistics {
  flow: string;
  calls: number;
  endings: Record<string, number>;
  steps: Record<string, StepCounts>;
  ways: Record<string, number>;
  truncated: boolean;
}

export interface Ending {
  how: string;
  flow: string;
  step: string;
  line: number;
}

export interface Rerun {
  before: Ending;
  now: Ending;
  parting: { turn: number; before: Entry | null; now: Entry | null } | null;
  unused: number;
}

export interface Compared {
  row: CallRow;
  rerun: Rerun | null;
  problem: string;
}

export interface ComparedDay {
  looked_at: number;
  same: number;
  different: Compared[];
  impossible: number;
  truncated: boolean;
}

export interface Saved {
  file: string;
  text: string;
  problem: string;
}

const BASE = "/ui/console";

/** Something that the server says no to, in its words. */
export class Problem extends Error {}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(BASE + path, init);
  if (response.ok) {
    return (await response.json()) as T;
  }
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json") ?? false;
  const said = isJson ? ((await response.json()) as { problem: string }).problem : await response.text();
  throw new Problem(said || `The server says ${response.status}.`);
}

export function get<T>(path: string, query: Record<string, string> = {}, signal?: AbortSignal): Promise<T> {
  const given = Object.entries(query).filter(([, value]) => value !== "");
  const search = given.length > 0 ? `?${new URLSearchParams(given)}` : "";
  return ask<T>(path + search, signal === undefined ? {} : { signal });
}

export function post<T>(path: string, body: unknown): Promise<T> {
  return ask<T>(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

export function part(name: string): string {
  return encodeURIComponent(name);
}
