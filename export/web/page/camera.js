// The camera: starts and stops it, and hands over its newest image, one at a time.

const INSECURE =
  "Browsers give the camera only to pages from https:// addresses and from localhost. " +
  "This page came another way.";
const PROBLEMS = {
  NotAllowedError: "The camera was refused. Allow it in the browser's settings for this page.",
  NotFoundError: "This device has no camera.",
  NotReadableError: "The camera does not answer. Another program may be using it.",
};
const HIDDEN = "The camera is off, because the page was hidden.";
const HEIGHT = 480; // enough for most models, and soon scaled

export class Camera {
  /**
   * @param video the element that plays it
   * @param use called with the video when an image has come; the next waits for its promise
   * @param ended called when it ends of itself, with why, and whether something went wrong
   */
  constructor(video, use, ended) {
    Object.assign(this, { video, use, ended });
    this.facing = "environment"; // the back one, as one points it at things
    this.starts = 0;
    this.worked = Promise.resolve(); // when nothing of the camera before is in use any more
    addEventListener("pagehide", () => this.end("The camera is off."));
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.end(HIDDEN);
    });
  }

  get on() {
    return Boolean(this.stream);
  }

  /**
   * Starts the camera; one that is on is let go first.
   * @param side the model's longer side, in pixels
   * @returns whether it is on: false where it was stopped, or started anew, meanwhile
   * @throws an Error that says in one line why it is not
   */
  async start(side) {
    this.stop();
    const mine = this.starts;
    const stream = await this.ask(Math.max(HEIGHT, side));
    if (mine !== this.starts || document.hidden) {
      release(stream);
      if (mine === this.starts) throw new Error(HIDDEN);
      return false;
    }
    this.stream = stream;
    stream.getVideoTracks()[0].addEventListener("ended", () => {
      if (this.stream === stream) this.end("The camera was disconnected, or taken back.", true);
    });
    this.video.srcObject = stream;
    await this.video.play().catch(() => {}); // stopped meanwhile
    this.watch(stream);
    this.worked = this.worked.then(() => this.work(stream));
    return this.stream === stream;
  }

  stop() {
    this.starts++;
    if (!this.stream) return;
    release(this.stream);
    this.stream = this.video.srcObject = null;
    this.wake?.();
  }

  end(why, wrong = false) {
    if (!this.on) return;
    this.stop();
    this.ended(why, wrong);
  }

  /** Whether there is one in front and one at the back; known once one is on. */
  async hasTwoSides() {
    const { facingMode } = this.stream.getVideoTracks()[0].getSettings();
    const devices = await navigator.mediaDevices.enumerateDevices();
    return Boolean(facingMode) && devices.filter(({ kind }) => kind === "videoinput").length > 1;
  }

  async ask(height) {
    const devices = navigator.mediaDevices;
    if (!devices?.getUserMedia) {
      throw new Error(isSecureContext ? "This browser has no access to cameras." : INSECURE);
    }
    const size = { width: { ideal: (4 * height) / 3 }, height: { ideal: height } };
    const video = { facingMode: { ideal: this.facing }, ...size };
    try {
      return await devices.getUserMedia({ video, audio: false });
    } catch ({ name, message }) {
      throw new Error(PROBLEMS[name] ?? `The camera did not start: ${message || name}.`);
    }
  }

  /** Marks each image that comes. */
  watch(stream) {
    const next = (seen) =>
      this.video.requestVideoFrameCallback?.(seen) ?? requestAnimationFrame(seen);
    const seen = () => {
      if (this.stream !== stream) return;
      this.fresh = this.video.videoWidth > 0;
      if (this.fresh) this.wake?.();
      next(seen);
    };
    next(seen);
  }

  /** Has the newest image used, then the newest after that: those between are skipped. */
  async work(stream) {
    while (this.stream === stream) {
      if (!this.fresh) await new Promise((wake) => (this.wake = wake));
      if (this.stream !== stream) return;
      this.fresh = false;
      try {
        await this.use(this.video);
      } catch (error) {
        if (this.stream === stream) this.end(`The translation failed: ${error.message}`, true);
      }
    }
  }
}

function release(stream) {
  for (const track of stream.getTracks()) track.stop();
}
