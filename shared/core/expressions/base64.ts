import { utf8ToBytes } from "@noble/hashes/utils.js";

/** Base64 of a text's UTF-8 bytes. */
export const encodeBase64 = (text: string): string =>
  btoa(Array.from(utf8ToBytes(text), (byte) => String.fromCharCode(byte)).join(""));

/** The UTF-8 text in Base64; `undefined` where it is not Base64. */
export const decodeBase64 = (text: string): string | undefined => {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 === 1) return undefined;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(bytes);
};
