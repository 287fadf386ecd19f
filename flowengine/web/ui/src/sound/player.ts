// Plays frames of telephone sound that come over the WebSocket.

import ear from "./ear.worklet.ts?worker&url";

const RATE = 8000;
/** Seconds that are gathered before anything is played: frames come unevenly. */
const CUSHION = 0.08;
/** Seconds after which sound is left out, so that it is not heard late. */
const MOST = 0.3;

export interface Player {
  play(pcm: ArrayBuffer): void;
  /** Milliseconds of sound that wait to be heard. */
  waiting(): number;
}

/** The best player that this page may have: worklets are for pages of this machine, or over https. */
export async function player(): Promise<Player> {
  const context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
  const made =
    typeof AudioWorkletNode !== "undefined" && window.isSecureContext
      ? await WorkletPlayer.open(context)
      : new BufferPlayer(context);
  await context.resume();
  return made;
}

class WorkletPlayer implements Player {
  #node: AudioWorkletNode;
  #waiting = 0;

  private constructor(node: AudioWorkletNode) {
    this.#node = node;
    node.port.onmessage = ({ data }: MessageEvent<number>) => {
      this.#waiting = data;
    };
  }

  static async open(context: AudioContext): Promise<WorkletPlayer> {
    await context.audioWorklet.addModule(ear);
    const node = new AudioWorkletNode(context, "ear", { numberOfInputs: 0, outputChannelCount: [1] });
    node.connect(context.destination);
    return new WorkletPlayer(node);
  }

  play(pcm: ArrayBuffer): void {
    this.#node.port.postMessage(pcm, [pcm]);
  }

  waiting(): number {
    return (this.#waiting / RATE) * 1000;
  }
}

/** Frames as pieces of sound, one behind the other: works everywhere, and is disturbed by a busy page. */
class BufferPlayer implements Player {
  #context: AudioContext;
  #speaker: GainNode;
  #until = 0;

  constructor(context: AudioContext) {
    this.#context = context;
    this.#speaker = context.createGain();
    this.#speaker.connect(context.destination);
  }

  play(pcm: ArrayBuffer): void {
    const context = this.#context;
    const samples = new Int16Array(pcm);
    const now = context.currentTime;
    if (this.#until < now) {
      this.#until = now + CUSHION;
    } else if (this.#until > now + MOST) {
      return;
    }
    const buffer = context.createBuffer(1, samples.length, RATE);
    buffer.getChannelData(0).set(Float32Array.from(samples, (sample) => sample / 32768));
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#speaker);
    source.start(this.#until);
    this.#until += buffer.duration;
  }

  waiting(): number {
    return Math.max(0, this.#until - this.#context.currentTime) * 1000;
  }
}
