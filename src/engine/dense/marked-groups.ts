/** Groups with a mark, ascending, and those that are shown without one. */
export function markedGroups(marks: Uint8Array, isShown?: Uint8Array): Uint32Array {
  const groups = new Uint32Array(marks.length);
  let count = 0;
  for (let group = 0; group < marks.length; group++) {
    if (marks[group] === 1 || isShown?.[group] === 1) groups[count++] = group;
  }
  return groups.slice(0, count);
}
