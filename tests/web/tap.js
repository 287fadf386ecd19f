// Added to pages under test: keeps what reaches the loudspeaker, at 8 kHz, so that a test can look at it.
(() => {
  const RATE = 8000;
  const MOST = 90 * RATE;
  const kept = [];
  let samples = 0;

  // Each source of sound begins where the one before it has ended: a page has one at a time.
  function keep(block) {
    kept.push(block);
    samples += block.length;
    while (samples > MOST) {
      samples -= kept.shift().length;
    }
  }

  async function tap(track) {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 500 }).readable.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      const sound = new Float32Array(value.numberOfFrames);
      value.copyTo(sound, { planeIndex: 0, format: "f32-planar" });
      const step = value.sampleRate / RATE;
      value.close();
      keep(Float32Array.from({ length: sound.length / step }, (_, index) => mean(sound, index * step, step)));
    }
  }

  function mean(sound, from, count) {
    let sum = 0;
    for (let index = from; index < from + count; index++) {
      sum += sound[index];
    }
    return sum / count;
  }

  // Sound that the page makes itself.
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const stream = this.context.createMediaStreamDestination();
      connect.call(this, stream);
      tap(stream.stream.getAudioTracks()[0]);
    }
    return connect.call(this, target, ...rest);
  };

  // Sound that comes over WebRTC.
  const media = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    ...media,
    set(stream) {
      media.set.call(this, stream);
      if (stream !== null) {
        tap(stream.getAudioTracks()[0]);
      }
    },
  });

  // The browser's own treatment of a voice is not what is tested: with it, what is said is not what arrives.
  const getUserMedia = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (getUserMedia !== undefined) {
    navigator.mediaDevices.getUserMedia = () =>
      getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  }

  // As 16-bit samples in base64: numbers as text would be many times as long.
  window.heard = (seconds) => {
    const all = new Float32Array(samples);
    let at = 0;
    for (const block of kept) {
      all.set(block, at);
      at += block.length;
    }
    const last = all.subarray(Math.max(0, samples - Math.round(seconds * RATE)));
    const bytes = new Uint8Array(Int16Array.from(last, (sample) => Math.round(sample * 32767)).buffer);
    let text = "";
    for (let from = 0; from < bytes.length; from += 8192) {
      text += String.fromCharCode(...bytes.subarray(from, from + 8192));
    }
    return btoa(text);
  };
})();
