import "./phone.css";

import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";

import { Connection } from "./connection";
import { Banner } from "./parts/banner";
import { Conversation } from "./parts/conversation";
import { Dialler } from "./parts/dialler";
import { Findings } from "./parts/findings";
import { Incoming } from "./parts/incoming";
import { Keypad } from "./parts/keypad";
import { Network } from "./parts/network";
import { Status } from "./parts/status";
import { Whereabouts } from "./parts/whereabouts";
import type { Request, Rings } from "./protocol";
import { canTalk } from "./sound/microphone";
import { Sound } from "./sound/sound";
import { useLatency } from "./sound/latency";
import { change, type Change, inCall, START, type State } from "./state";

const NUMBER = "+15557650001";

/** The phone; while the console is `shown` in its place, a call goes on, but none rings where nobody would see it. */
export function App({ shown }: { shown: boolean }) {
  const [state, dispatch] = useReducer((before: State, news: Change) => change(before, news, performance.now()), START);
  const [number, setNumber] = useState(() => sessionStorage.getItem("number") ?? NUMBER);
  const [rings, setRings] = useState<Rings>("any");
  const [talking, setTalking] = useState(false);
  const connection = useRef<Connection | null>(null);
  const sound = useMemo(
    () =>
      new Sound({
        exchange: (sdp) => connection.current?.offer(sdp) ?? Promise.resolve(""),
        speak: (pcm) => connection.current?.speak(pcm),
        listens: (over) => connection.current?.ask({ type: "listen", over }),
      }),
    [],
  );
  const trouble = useCallback((text: string) => dispatch({ type: "trouble", text }), []);
  const busy = inCall(state);
  const latency = useLatency(sound, busy);

  useEffect(() => {
    const opened = new Connection({
      connected: (connected) => dispatch({ type: "connected", connected }),
      news: dispatch,
      sound: (pcm) => sound.play(pcm),
    });
    connection.current = opened;
    return () => opened.close();
  }, [sound]);

  useEffect(() => {
    sessionStorage.setItem("number", number);
    if (state.connected && number !== "") {
      connection.current?.ask({ type: "phone", number, rings: shown ? rings : "none" });
    }
  }, [state.connected, number, rings, shown]);

  useEffect(() => {
    const from = state.ringing[0]?.caller;
    document.title = from === undefined ? "Web phone · Flowengine" : `${from} is calling`;
  }, [state.ringing]);

  const call = state.call?.id;
  useEffect(() => {
    if (!busy) {
      sound.close();
    }
  }, [busy, call, sound]);

  // The microphone is open only while somebody could hear it.
  useEffect(() => {
    sound.talk(busy && talking).catch((error: unknown) => {
      setTalking(false);
      trouble(`No microphone: ${error instanceof Error ? error.message : String(error)}`);
    });
  }, [busy, talking, sound, trouble]);

  /** Ask for a call once the ear is open, so that its first word is heard. */
  const begin = (request: Request) => {
    sound
      .open()
      .catch((error: unknown) => trouble(`No sound: ${String(error)}`))
      .finally(() => connection.current?.ask(request));
  };
  const press = useCallback((keys: string) => connection.current?.ask({ type: "press", keys }), []);

  return (
    <>
      <header class="top">
        <h1>Flowengine web phone</h1>
        <p class={state.connected ? "connected" : "disconnected"} role="status">
          {state.connected ? "Connected" : "Not connected"}
        </p>
      </header>
      <Banner project={state.project} connected={state.connected} />
      <main>
        <div class="phone">
          {state.ringing.map((ring) => (
            <Incoming
              key={ring.call}
              ring={ring}
              busy={busy}
              answer={() => begin({ type: "answer", call: ring.call })}
              decline={() => connection.current?.ask({ type: "decline", call: ring.call })}
            />
          ))}
          <Dialler
            lines={state.project?.lines ?? []}
            flows={state.project?.flows ?? []}
            number={number}
            setNumber={setNumber}
            rings={rings}
            setRings={setRings}
            ready={state.connected}
            busy={busy}
            call={(wish) => {
              dispatch({ type: "dialled" });
              begin({ type: "dial", caller: number, ...wish });
            }}
            hangUp={() => connection.current?.ask({ type: "hang_up" })}
          />
          <Status state={state} latency={latency} />
          <Keypad
            enabled={busy}
            press={press}
            talking={talking}
            setTalking={setTalking}
            canTalk={canTalk()}
            say={(text) => connection.current?.ask({ type: "say", text })}
          />
        </div>
        <Conversation entries={state.entries} />
        <div class="project">
          <Whereabouts place={state.place} sources={state.sources} />
          <Findings project={state.project} />
          <Network
            phones={state.phones}
            ready={state.connected}
            behave={(phone) => connection.current?.ask({ type: "behave", ...phone })}
            forget={(each) => connection.current?.ask({ type: "forget", number: each })}
          />
        </div>
      </main>
    </>
  );
}
