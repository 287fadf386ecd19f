// What is new: live calls, the project as it was saved last, and turns of the call that is looked at.

import { useEffect, useReducer, useRef, useState } from "preact/hooks";

import type { Project } from "../protocol";
import type { CallRow } from "./api";

type Message =
  | { type: "live"; calls: CallRow[]; over: string[]; whole: boolean }
  | { type: "turned"; call: string }
  | Project;

export interface News {
  connected: boolean;
  project: Project | null;
  /** How often the project was saved, and how often calls have ended, since the page was opened. */
  saves: number;
  ends: number;
  /** How many turns the call that is looked at has taken meanwhile. */
  turns: number;
  live: CallRow[];
}

const AGAIN_MS = 1000;

interface State {
  project: Project | null;
  saves: number;
  ends: number;
  turns: number;
  rows: Map<string, CallRow>;
  live: CallRow[];
}

function take(state: State, message: Message): State {
  switch (message.type) {
    case "project":
      return { ...state, project: message, saves: state.saves + 1 };
    case "turned":
      return { ...state, turns: state.turns + 1 };
    case "live": {
      const rows = message.whole ? new Map<string, CallRow>() : state.rows;
      for (const call of message.calls) {
        rows.set(call.id, call);
      }
      for (const call of message.over) {
        rows.delete(call);
      }
      const live = [...rows.values()].sort((a, b) => b.started - a.started || (a.id < b.id ? -1 : 1));
      return { ...state, rows, live, ends: state.ends + message.over.length };
    }
  }
}

const START: State = { project: null, saves: 0, ends: 0, turns: 0, rows: new Map(), live: [] };

/** The news; `call` is the one that is looked at, empty for none. */
export function useNews(call: string): News {
  const [state, dispatch] = useReducer(take, START);
  const [connected, setConnected] = useState(false);
  const socket = useRef<WebSocket | null>(null);

  useEffect(() => {
    let closed = false;
    const open = () => {
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      const opened = new WebSocket(`${scheme}://${location.host}/ui/console/socket`);
      opened.onopen = () => setConnected(true);
      opened.onmessage = ({ data }: MessageEvent<string>) => dispatch(JSON.parse(data) as Message);
      opened.onclose = () => {
        setConnected(false);
        if (!closed) {
          setTimeout(open, AGAIN_MS);
        }
      };
      socket.current = opened;
    };
    open();
    return () => {
      closed = true;
      socket.current?.close();
    };
  }, []);

  useEffect(() => {
    if (connected && socket.current?.readyState === WebSocket.OPEN) {
      socket.current.send(JSON.stringify({ type: "look", call }));
    }
  }, [connected, call]);

  return { connected, ...state };
}
