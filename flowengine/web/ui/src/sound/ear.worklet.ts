// The ear: plays frames of telephone sound as they arrive. The context that it runs in has their rate, 8 kHz.

const RATE = 8000;
/** Samples that are gathered before anything is played: frames come unevenly. */
const CUSHION = RATE * 0.06;
/** More than this is a delay that one hears: the oldest of it is left out. */
const MOST = RATE * 0.3;
/** How often it is told how much waits, in blocks of 128 samples. */
const TOLD = 30;

class Ear extends AudioWorkletProcessor {
  #frames: Int16Array[] = [];
  #at = 0;
  #waiting = 0;
  #playing = false;
  #blocks = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      const frame = new Int16Array(data);
      this.#frames.push(frame);
      this.#waiting += frame.length;
      while (this.#waiting > MOST) {
        this.#drop();
      }
      this.#playing ||= this.#waiting >= CUSHION;
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    if (++this.#blocks % TOLD === 0) {
      this.port.postMessage(this.#waiting);
    }
    const channel = outputs[0]?.[0];
    if (channel === undefined || !this.#playing) {
      return true;
    }
    for (let index = 0; index < channel.length; index++) {
      const frame = this.#frames[0];
      if (frame === undefined) {
        this.#playing = false;
        break;
      }
      channel[index] = (frame[this.#at++] ?? 0) / 32768;
      this.#waiting--;
      if (this.#at >= frame.length) {
        this.#frames.shift();
        this.#at = 0;
      }
    }
    return true;
  }

  #drop(): void {
    const frame = this.#frames.shift();
    this.#waiting -= (frame?.length ?? 0) - this.#at;
    this.#at = 0;
  }
}

registerProcessor("ear", Ear);

export {};
