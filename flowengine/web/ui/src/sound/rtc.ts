// Sound over WebRTC. The server is on this machine, so there is no STUN, and nothing is waited for but its answer.

const UP_MS = 2000;
/** What the browser holds back, so that a moment in which the machine is busy is not heard. */
const HELD_MS = 60;

/** Gives the server's answer to an offer; empty when it has no WebRTC. */
export type Exchange = (offer: string) => Promise<string>;

export class RtcLine {
  #connection: RTCPeerConnection;
  #speaker = new Audio();
  /** What was counted when it was looked at last: seconds held back in all, by how many samples. */
  #counted = { seconds: 0, samples: 0 };

  private constructor(connection: RTCPeerConnection) {
    this.#connection = connection;
    connection.ontrack = ({ track }) => {
      this.#speaker.srcObject = new MediaStream([track]);
      void this.#speaker.play().catch(() => undefined);
    };
  }

  /** A line that is up; null where this browser, or the way between, cannot. `lost` is called when it breaks later. */
  static async open(exchange: Exchange, lost: () => void): Promise<RtcLine | null> {
    if (typeof RTCPeerConnection === "undefined") {
      return null;
    }
    const connection = new RTCPeerConnection();
    const line = new RtcLine(connection);
    try {
      const { receiver } = connection.addTransceiver("audio", { direction: "sendrecv" });
      receiver.jitterBufferTarget = HELD_MS;
      await connection.setLocalDescription();
      const sdp = await exchange(connection.localDescription?.sdp ?? "");
      if (sdp === "") {
        throw new Error("the server has no WebRTC");
      }
      await connection.setRemoteDescription({ type: "answer", sdp });
      await up(connection);
    } catch {
      line.close();
      return null;
    }
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === "failed" || connection.connectionState === "closed") {
        lost();
      }
    };
    return line;
  }

  /** Let the other side hear this; null: nothing. */
  async talk(track: MediaStreamTrack | null): Promise<void> {
    await this.#connection.getTransceivers()[0]?.sender.replaceTrack(track);
  }

  /** Milliseconds from the server to the loudspeaker, since this was asked last: half of a round, and what the browser
   * holds back. */
  async latency(): Promise<number | null> {
    let round = 0;
    let held: number | null = null;
    for (const report of (await this.#connection.getStats()).values()) {
      if (report.type === "candidate-pair" && report.nominated) {
        round = report.currentRoundTripTime ?? 0;
      } else if (report.type === "inbound-rtp" && report.jitterBufferEmittedCount > 0) {
        const counted = { seconds: report.jitterBufferDelay, samples: report.jitterBufferEmittedCount };
        held = (counted.seconds - this.#counted.seconds) / Math.max(1, counted.samples - this.#counted.samples);
        this.#counted = counted;
      }
    }
    return held === null ? null : (round / 2 + held) * 1000;
  }

  close(): void {
    this.#connection.onconnectionstatechange = null;
    this.#connection.close();
    this.#speaker.srcObject = null;
  }
}

function up(connection: RTCPeerConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no way to the server")), UP_MS);
    const look = () => {
      if (connection.connectionState === "connected") {
        clearTimeout(timer);
        resolve();
      } else if (connection.connectionState === "failed") {
        clearTimeout(timer);
        reject(new Error("the connection failed"));
      }
    };
    connection.onconnectionstatechange = look;
    look();
  });
}
