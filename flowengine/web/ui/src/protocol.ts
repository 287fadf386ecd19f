// What the page and the server tell each other: the twin of flowengine/web/messages.py.

export type Rings = "any" | "mine" | "none";
/** What a phone of the simulated network does by itself. */
export type Does = "answer" | "busy" | "no-answer" | "fail" | "machine";
/** What the page hears: what comes over WebRTC, or over the socket. */
export type Over = "rtc" | "socket";

export type Request =
  | { type: "phone"; number: string; rings: Rings }
  | { type: "dial"; to: string; caller: string; flow: string; at: string }
  | { type: "press"; keys: string }
  | { type: "say"; text: string }
  | { type: "answer"; call: string }
  | { type: "decline"; call: string }
  | { type: "hang_up" }
  | { type: "behave"; number: string; does: Does; after: number }
  | { type: "forget"; number: string }
  | { type: "offer"; sdp: string }
  | { type: "listen"; over: Over };

export interface Line {
  number: string;
  flow: string;
}

export interface Finding {
  code: string;
  severity: "error" | "warning";
  message: string;
  file: string;
  line: number;
  column: number;
  shown: string;
}

export interface Project {
  type: "project";
  lines: Line[];
  findings: Finding[];
  serving: "present" | "previous" | "none";
  flows: string[];
}

export interface Behaving {
  number: string;
  does: Does;
  after: number;
}

export interface Network {
  type: "network";
  phones: Behaving[];
}

export interface Awaited {
  kind: string;
  seconds: number | null;
  detail: string;
}

export interface Call {
  type: "call";
  id: string;
  caller: string;
  callee: string;
  direction: "inbound" | "outbound";
  state: string;
  is_over: boolean;
  seconds: number;
  awaited: Awaited | null;
  clock: string;
  record: string;
}

export interface Ringing {
  type: "ringing";
  call: string;
  caller: string;
  callee: string;
}

export interface Source {
  type: "source";
  file: string;
  version: string;
  text: string;
}

export interface Place {
  type: "place";
  flow: string;
  step: string;
  line: number;
  file: string;
  version: string;
  path: number[];
}

export type News =
  | Project
  | Network
  | Call
  | Ringing
  | { type: "silent"; call: string }
  | { type: "heard"; sort: "say" | "play" | "beep" | "digits" | "music"; text: string; language: string }
  | { type: "did"; sort: "keys" | "spoke"; text: string }
  | { type: "recorded"; path: string; seconds: number }
  | { type: "answered"; milliseconds: number }
  | Source
  | Place
  | { type: "trouble"; text: string };

/** What answers an offer; empty where the server has no WebRTC. */
export interface Accepted {
  type: "accepted";
  sdp: string;
}
