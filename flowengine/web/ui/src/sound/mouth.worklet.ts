// The mouth: turns what the microphone picks up, at the rate of the device, into frames of telephone sound.

const RATE = 8000;
const FRAME = 160;

class Mouth extends AudioWorkletProcessor {
  #frame = new Int16Array(FRAME);
  #filled = 0;
  #sum = 0;
  #count = 0;
  #phase = 0;

  process(inputs: Float32Array[][]): boolean {
    for (const sample of inputs[0]?.[0] ?? []) {
      // The mean over each output sample's span is low-pass enough for speech.
      this.#sum += sample;
      this.#count++;
      this.#phase += RATE;
      if (this.#phase >= sampleRate) {
        this.#phase -= sampleRate;
        this.#put(this.#sum / this.#count);
        this.#sum = this.#count = 0;
      }
    }
    return true;
  }

  #put(sample: number): void {
    this.#frame[this.#filled++] = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
    if (this.#filled === FRAME) {
      this.port.postMessage(this.#frame.buffer, [this.#frame.buffer]);
      this.#frame = new Int16Array(FRAME);
      this.#filled = 0;
    }
  }
}

registerProcessor("mouth", Mouth);

export {};
