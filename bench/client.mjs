/** One client connection of the load generator: as little HTTP as the measures need, so that it costs little itself. */
import { connect } from "node:net";

const headEnd = Buffer.from("\r\n\r\n");

/**
 * Asks again and again until `next` says stop. `next` gives the bytes to send or undefined; `done` hears how each went:
 * { status, milliseconds, first, events, complete }; `gap` hears the time between events.
 */
export function openClient({ host, port, next, done, gap, endMark, leave, ended }) {
  let socket;
  let state;

  const begin = () => {
    const bytes = next();
    if (bytes === undefined) {
      socket?.removeAllListeners("close");
      socket?.destroy();
      ended();
      return;
    }
    state = {
      startedAt: performance.now(),
      head: undefined,
      status: 0,
      left: -1,
      chunks: undefined,
      events: 0,
      lastEventAt: 0,
      first: 0,
      lastByte: 0,
      tail: "",
    };
    if (socket === undefined || socket.destroyed || !socket.writable) {
      socket = connect({ host, port, noDelay: true });
      socket.on("data", onData);
      socket.on("error", () => socket?.destroy());
      socket.on("close", onClose);
    }
    socket.cork();
    for (const part of bytes) socket.write(part);
    socket.uncork();
  };

  const finish = (complete) => {
    const { status, startedAt, first, events, tail } = state;
    state = undefined;
    const whole = complete && (endMark === undefined || tail.includes(endMark));
    done({ status, milliseconds: performance.now() - startedAt, first: first - startedAt, events, complete: whole });
    begin();
  };

  const onClose = () => {
    socket = undefined;
    if (state !== undefined) finish(state.left === -2);
  };

  const onData = (chunk) => {
    if (state === undefined) return;
    if (state.status === 0) {
      const bytes = state.head === undefined ? chunk : Buffer.concat([state.head, chunk]);
      const at = bytes.indexOf(headEnd);
      if (at < 0) {
        state.head = bytes;
        return;
      }
      readHead(state, bytes.latin1Slice(0, at));
      onBody(bytes.subarray(at + 4));
    } else onBody(chunk);
  };

  const onBody = (bytes) => {
    if (state.chunks !== undefined) {
      if (readChunks(state, bytes)) return finish(true);
    } else {
      take(state, bytes);
      if (state.left >= 0) {
        state.left -= bytes.length;
        if (state.left <= 0) return finish(true);
      }
    }
    if (leave && state.events > 0) {
      state.left = -2;
      socket.destroy();
    }
  };

  const take = (state, bytes) => {
    if (bytes.length === 0) return;
    const now = performance.now();
    if (state.first === 0) state.first = now;
    if (endMark === undefined) return;
    let count = state.lastByte === 0x0a && bytes[0] === 0x0a ? 1 : 0;
    for (let at = bytes.indexOf("\n\n"); at >= 0; at = bytes.indexOf("\n\n", at + 2)) count++;
    state.lastByte = bytes[bytes.length - 1];
    state.tail =
      bytes.length >= 80 ? bytes.latin1Slice(bytes.length - 80) : (state.tail + bytes.latin1Slice(0)).slice(-80);
    for (let i = 0; i < count; i++) {
      if (state.lastEventAt > 0) gap(i === 0 ? now - state.lastEventAt : 0);
      state.lastEventAt = now;
    }
    state.events += count;
  };

  /** True when the last chunk has come. */
  const readChunks = (state, bytes) => {
    const chunks = state.chunks;
    let at = 0;
    while (at < bytes.length) {
      if (chunks.left > 0) {
        const end = Math.min(bytes.length, at + chunks.left);
        take(state, bytes.subarray(at, end));
        chunks.left -= end - at;
        at = end;
        if (chunks.left === 0) chunks.line = undefined;
      } else {
        const newline = bytes.indexOf(0x0a, at);
        const end = newline < 0 ? bytes.length : newline;
        chunks.text += bytes.latin1Slice(at, end);
        at = end + 1;
        if (newline < 0) return false;
        const line = chunks.text.trim();
        chunks.text = "";
        if (chunks.last) {
          if (line === "") return true;
        } else if (line !== "") {
          chunks.left = Number.parseInt(line, 16);
          chunks.last = chunks.left === 0;
        }
      }
    }
    return false;
  };

  begin();
  return { stop: () => socket?.destroy() };
}

function readHead(state, head) {
  state.status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) state.left = Number(length);
  else if (/\r\ntransfer-encoding: *chunked/i.test(head)) state.chunks = { left: 0, text: "", last: false };
}
