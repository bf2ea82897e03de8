/** Groups with a mark, ascending, and those that are shown without one. */
export function markedGroups(marks: Uint8Array, isShown?: Uint8Array): Uint32Array {
  const isWanted = (group: number): boolean => marks[group] === 1 || isShown?.[group] === 1;
  let count = 0;
  for (let group = 0; group < marks.length; group++) if (isWanted(group)) count++;
  const groups = new Uint32Array(count);
  let at = 0;
  for (let group = 0; group < marks.length; group++) if (isWanted(group)) groups[at++] = group;
  return groups;
}
