import { useEffect, useState } from "preact/hooks";

import type { Awaited, Over } from "../protocol";
import { href } from "../route";
import type { Latency } from "../sound/latency";
import { inCall, type State } from "../state";

const TICK_MS = 200;
const STATES: Record<string, string> = {
  queued: "Calling",
  ringing: "Ringing",
  "in-progress": "In a call",
  completed: "Over",
  busy: "Busy",
  "no-answer": "No answer",
  failed: "Failed",
  canceled: "Given up",
};
const OVER: Record<Over, string> = { rtc: "WebRTC", socket: "WebSocket" };

/** The state of the call, what is awaited, and how long still. */
export function Status({ state, latency }: { state: State; latency: Latency | null }) {
  const { call } = state;
  // On a narrow screen, the conversation lies below the keys: what is said stands here, too.
  const caption = inCall(state) ? state.entries.findLast((entry) => entry.who === "flow") : undefined;
  const now = useNow(inCall(state));
  const passed = Math.max(0, now - state.callSince) / 1000;
  const talked = call === null ? 0 : call.seconds + (call.state === "in-progress" ? passed : 0);
  return (
    <section class="card status" aria-label="State of the call">
      <p class="state">
        <strong>{call === null ? "No call" : (STATES[call.state] ?? call.state)}</strong>
        {call !== null && <span class="number">{` ${call.caller} → ${call.callee}`}</span>}
      </p>
      {call !== null && call.clock !== "" && <p class="hint">{`For the flow, it is ${call.clock}.`}</p>}
      <dl>
        <div>
          <dt>Time</dt>
          <dd>{clock(talked)}</dd>
        </div>
        <div>
          <dt>Flow's answer</dt>
          <dd>{milliseconds(state.milliseconds)}</dd>
        </div>
        <div>
          <dt>{latency === null ? "Sound" : `Sound, ${OVER[latency.over]}`}</dt>
          <dd>{milliseconds(latency?.milliseconds ?? null)}</dd>
        </div>
      </dl>
      {caption !== undefined && (
        <p class="caption" aria-hidden="true">
          {caption.text}
        </p>
      )}
      <Timer awaited={call?.awaited ?? null} passed={passed} />
      {call !== null && call.record !== "" && (
        <p class="hint">
          <a href={href("calls", call.record)}>Look at this call</a>
        </p>
      )}
    </section>
  );
}

function Timer({ awaited, passed }: { awaited: Awaited | null; passed: number }) {
  if (awaited === null) {
    return <p class="timer">Nothing is awaited.</p>;
  }
  const seconds = awaited.seconds;
  const left = seconds === null ? null : Math.max(0, seconds - passed);
  return (
    <div class="timer">
      <p>
        {words(awaited)}
        {left !== null && <span class="left">{` ${left.toFixed(1)} s`}</span>}
      </p>
      {seconds !== null && left !== null && <progress max={seconds || 1} value={left} aria-label="Time that is left" />}
    </div>
  );
}

function words({ kind, detail }: Awaited): string {
  switch (kind) {
    case "prompt":
      return "A prompt is heard.";
    case "pause":
      return "A pause.";
    case "gather":
      return detail.includes("speech") ? "Keys or words are awaited." : "Keys are awaited.";
    case "record":
      return "You are recorded.";
    case "dial":
      return `Ringing ${detail}.`;
    case "bridge":
      return "Connected.";
    case "conference":
      return `In the conference ${detail}.`;
    case "queue":
      return `In the queue ${detail}.`;
    case "request":
      return "The flow is asked.";
    default:
      return kind;
  }
}

function milliseconds(value: number | null): string {
  return value === null ? "–" : `${Math.round(value)} ms`;
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function useNow(running: boolean): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    setNow(performance.now());
    if (!running) {
      return;
    }
    const timer = setInterval(() => setNow(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}
