/** Offset after the last row, by partition id (`0`, or `topic:0` for several topics). */
export type OffsetVector = Readonly<Record<string, number>>;
