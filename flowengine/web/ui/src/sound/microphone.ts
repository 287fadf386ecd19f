// The microphone: open only while somebody could hear it.

import mouth from "./mouth.worklet.ts?worker&url";

/** Whether this page may have one: that needs a page of this machine, or one over https. */
export function canTalk(): boolean {
  return window.isSecureContext && navigator.mediaDevices !== undefined && typeof AudioWorkletNode !== "undefined";
}

export class Microphone {
  #stream: MediaStream;
  #context: AudioContext | null = null;

  private constructor(stream: MediaStream) {
    this.#stream = stream;
  }

  /** Rejects when there is none, or it is not allowed. */
  static async open(): Promise<Microphone> {
    return new Microphone(
      await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      }),
    );
  }

  get track(): MediaStreamTrack | null {
    return this.#stream.getAudioTracks()[0] ?? null;
  }

  /** Give each frame of telephone sound to `speak`. */
  async frames(speak: (pcm: ArrayBuffer) => void): Promise<void> {
    // The device's own rate: not every browser converts it.
    const context = new AudioContext();
    this.#context = context;
    await context.audioWorklet.addModule(mouth);
    const node = new AudioWorkletNode(context, "mouth", { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => speak(data);
    context.createMediaStreamSource(this.#stream).connect(node);
    await context.resume();
  }

  close(): void {
    for (const track of this.#stream.getTracks()) {
      track.stop();
    }
    void this.#context?.close();
  }
}
