/** Vectors as numbers and as base64 of little-endian 32-bit floats, which is what OpenAI's own clients ask for. */

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function packed(numbers: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  for (let index = 0; index < numbers.length; index++) view.setFloat32(index * 4, numbers[index] ?? 0, true);
  const pieces: string[] = [];
  for (let at = 0; at < view.byteLength; at += 3) pieces.push(group(view, at));
  return pieces.join("");
}

/** Three bytes as four letters; "=" for what is not there. */
function group(view: DataView, at: number): string {
  const left = view.byteLength - at;
  const first = view.getUint8(at);
  const second = left > 1 ? view.getUint8(at + 1) : 0;
  const third = left > 2 ? view.getUint8(at + 2) : 0;
  return (
    letter(first >> 2) +
    letter(((first & 3) << 4) | (second >> 4)) +
    (left > 1 ? letter(((second & 15) << 2) | (third >> 6)) : "=") +
    (left > 2 ? letter(third & 63) : "=")
  );
}

const letter = (index: number): string => alphabet.charAt(index);

/** Undefined for text that is no such base64. */
export function unpacked(text: string): readonly number[] | undefined {
  const letters = text.endsWith("==") ? text.length - 2 : text.endsWith("=") ? text.length - 1 : text.length;
  const length = Math.floor((letters * 3) / 4);
  if (length % 4 !== 0) return undefined;
  const view = new DataView(new ArrayBuffer(length));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let index = 0; index < letters; index++) {
    const value = sextet(text.charCodeAt(index));
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    if (at < length) view.setUint8(at++, (bits >> held) & 255);
  }
  const numbers: number[] = [];
  for (let from = 0; from < length; from += 4) numbers.push(view.getFloat32(from, true));
  return numbers;
}

function sextet(code: number): number {
  if (code >= 65 && code <= 90) return code - 65;
  if (code >= 97 && code <= 122) return code - 71;
  if (code >= 48 && code <= 57) return code + 4;
  if (code === 43) return 62;
  return code === 47 ? 63 : -1;
}
