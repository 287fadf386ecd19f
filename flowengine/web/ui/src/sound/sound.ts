// The sound of a call: over WebRTC where that is possible, else as frames over the WebSocket.

import type { Over } from "../protocol";
import { Microphone } from "./microphone";
import { player, type Player } from "./player";
import { type Exchange, RtcLine } from "./rtc";

/** The last words are still on their way when a call is over. */
const TAIL_MS = 500;

/** What sound needs of the server. */
export interface Server {
  exchange: Exchange;
  speak(pcm: ArrayBuffer): void;
  /** From now on, this is what the page hears. */
  listens(over: Over): void;
}

export class Sound {
  #server: Server;
  #line: RtcLine | null = null;
  #player: Player | null = null;
  #microphone: Microphone | null = null;
  /** Counts what was asked of the microphone, so that the last word counts where one takes time. */
  #asked = 0;
  /** Whether WebRTC is worth a try: where it failed once, nobody waits for it again. */
  #promising = true;

  constructor(server: Server) {
    this.#server = server;
  }

  get over(): Over {
    return this.#line === null ? "socket" : "rtc";
  }

  /** Open the ear for a call; to be called while the person clicks, since browsers allow no sound before. */
  async open(): Promise<void> {
    this.#line?.close();
    this.#line = this.#promising ? await RtcLine.open(this.#server.exchange, () => void this.#lost()) : null;
    this.#promising = this.#line !== null;
    if (this.#line === null) {
      this.#player ??= await player();
    }
    this.#server.listens(this.over);
  }

  /** A frame that came over the socket. */
  play(pcm: ArrayBuffer): void {
    this.#player?.play(pcm);
  }

  /** Open the microphone, or close it. Rejects when there is none, or it is not allowed. */
  async talk(wanted: boolean): Promise<void> {
    const asked = ++this.#asked;
    this.#microphone?.close();
    this.#microphone = null;
    if (!wanted) {
      await this.#line?.talk(null);
      return;
    }
    const microphone = await Microphone.open();
    if (asked !== this.#asked) {
      microphone.close();
      return;
    }
    this.#microphone = microphone;
    await this.#connect(microphone);
  }

  /** Milliseconds that sound takes from the server to the loudspeaker; null while that is not known. */
  async latency(): Promise<number | null> {
    return this.#line === null ? (this.#player?.waiting() ?? null) : this.#line.latency();
  }

  /** The call is over. */
  close(): void {
    const line = this.#line;
    setTimeout(() => line?.close(), TAIL_MS);
    this.#line = null;
  }

  async #connect(microphone: Microphone): Promise<void> {
    if (this.#line !== null) {
      await this.#line.talk(microphone.track);
    } else {
      await microphone.frames((pcm) => this.#server.speak(pcm));
    }
  }

  /** The line broke during a call, which goes on over the socket. */
  async #lost(): Promise<void> {
    this.#line?.close();
    this.#line = null;
    this.#player ??= await player();
    this.#server.listens("socket");
    if (this.#microphone !== null) {
      await this.#connect(this.#microphone);
    }
  }
}
