// How late sound is, looked at every second while a call goes on.

import { useEffect, useState } from "preact/hooks";

import type { Over } from "../protocol";
import type { Sound } from "./sound";

const LOOK_MS = 1000;

export interface Latency {
  over: Over;
  /** From the server to the loudspeaker; null while that is not known. */
  milliseconds: number | null;
}

export function useLatency(sound: Sound, busy: boolean): Latency | null {
  const [latency, setLatency] = useState<Latency | null>(null);
  useEffect(() => {
    if (!busy) {
      setLatency(null);
      return;
    }
    const look = async () => setLatency({ over: sound.over, milliseconds: await sound.latency() });
    void look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [sound, busy]);
  return latency;
}
