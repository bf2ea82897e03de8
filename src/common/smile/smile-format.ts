/** Constants that writer and reader of Smile share. @source Smile Format Specification 1.0 (FasterXML/smile-format-specification) */

/** `:)\n`. */
export const HEADER = [0x3a, 0x29, 0x0a] as const;
/** Fourth byte: version 0 and these flags. */
export const FLAG_SHARED_NAMES = 0x01;
export const FLAG_SHARED_VALUES = 0x02;
export const FLAG_RAW_BINARY = 0x04;

/** Names and values that later ones may refer to; when so many are known, the list starts anew. */
export const MAX_SHARED = 1024;
/** Longer texts are not shared and end with a marker. */
export const MAX_SHARED_BYTES = 64;

/** Tokens that mean the same wherever a value may stand. */
export const TOKEN = {
  emptyText: 0x20,
  null: 0x21,
  false: 0x22,
  true: 0x23,
  int32: 0x24,
  int64: 0x25,
  bigInteger: 0x26,
  float32: 0x28,
  float64: 0x29,
  bigDecimal: 0x2a,
  longAscii: 0xe0,
  longUnicode: 0xe4,
  binary7Bit: 0xe8,
  rawBinary: 0xfd,
  startArray: 0xf8,
  endArray: 0xf9,
  startObject: 0xfa,
  endObject: 0xfb,
  endOfText: 0xfc,
  endOfContent: 0xff,
  /** As a name. */
  longName: 0x34,
} as const;

/** References whose last byte would be 0xFE or 0xFF are not used: framing may give these bytes a meaning. */
export function isReferable(index: number): boolean {
  return (index & 0xff) < 0xfe;
}
