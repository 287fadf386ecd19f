// The sound of a call: what the ear gets, and what the microphone picks up.

import ear from "./ear.worklet.ts?worker&url";
import mouth from "./mouth.worklet.ts?worker&url";

const RATE = 8000;

/** Whether this browser can, here: sound needs a page of this machine, or one over https. */
export function canHear(): boolean {
  return window.isSecureContext && typeof AudioWorkletNode !== "undefined";
}

export class Sound {
  #context: AudioContext | null = null;
  #ear: AudioWorkletNode | null = null;
  #microphone: { context: AudioContext; stream: MediaStream } | null = null;

  /** Begin to play; to be called while the person clicks, since browsers allow no sound before. */
  async listen(): Promise<void> {
    if (!canHear()) {
      return;
    }
    if (this.#context !== null) {
      await this.#context.resume();
      return;
    }
    const context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
    this.#context = context;
    await context.audioWorklet.addModule(ear);
    this.#ear = new AudioWorkletNode(context, "ear", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#ear.connect(context.destination);
    await context.resume();
  }

  play(pcm: ArrayBuffer): void {
    this.#ear?.port.postMessage(pcm, [pcm]);
  }

  /** Open the microphone, and give each of its frames to `speak`. Rejects when there is none, or it is not allowed. */
  async talk(speak: (pcm: ArrayBuffer) => void): Promise<void> {
    this.hush();
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    // The device's own rate: not every browser converts it.
    const context = new AudioContext();
    this.#microphone = { context, stream };
    await context.audioWorklet.addModule(mouth);
    const node = new AudioWorkletNode(context, "mouth", { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => speak(data);
    context.createMediaStreamSource(stream).connect(node);
    await context.resume();
  }

  /** Close the microphone. */
  hush(): void {
    const microphone = this.#microphone;
    this.#microphone = null;
    microphone?.stream.getTracks().forEach((track) => track.stop());
    void microphone?.context.close();
  }
}
