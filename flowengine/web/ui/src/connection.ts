// The socket to the server; it is opened again when it breaks.

import type { Accepted, News, Request } from "./protocol";

const AGAIN_MS = 1000;

export interface Listener {
  connected(connected: boolean): void;
  news(news: News): void;
  sound(pcm: ArrayBuffer): void;
}

export class Connection {
  #socket: WebSocket | null = null;
  #listener: Listener;
  #closed = false;
  #accept: ((sdp: string) => void) | null = null;

  constructor(listener: Listener) {
    this.#listener = listener;
    this.#open();
  }

  ask(request: Request): void {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify(request));
    }
  }

  /** Offer the server a WebRTC connection: its answer, empty when it has none. */
  offer(sdp: string): Promise<string> {
    this.#accept?.("");
    return new Promise((resolve) => {
      this.#accept = resolve;
      this.ask({ type: "offer", sdp });
    });
  }

  /** A frame of the microphone. What a slow connection cannot take is left out, not sent late. */
  speak(pcm: ArrayBuffer): void {
    if (this.#socket?.readyState === WebSocket.OPEN && this.#socket.bufferedAmount < 16_000) {
      this.#socket.send(pcm);
    }
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
  }

  #open(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ui/phone`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#listener.connected(true);
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === "string") {
        this.#take(JSON.parse(data) as News | Accepted);
      } else {
        this.#listener.sound(data);
      }
    };
    socket.onclose = () => {
      this.#accept?.("");
      if (this.#closed) {
        return;
      }
      this.#listener.connected(false);
      setTimeout(() => this.#open(), AGAIN_MS);
    };
    this.#socket = socket;
  }

  #take(news: News | Accepted): void {
    if (news.type === "accepted") {
      this.#accept?.(news.sdp);
      this.#accept = null;
    } else {
      this.#listener.news(news);
    }
  }
}
