const WIDTH = 62;

/** JSON for people who edit it: what fits on a line stays on one; the outermost object is always spread. */
export function formatJson(value: object): string {
  return spread(value, '');
}

function format(value: unknown, indent: string, room: number): string {
  // JSON text has no line break but those of its layout.
  const line = JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, ' ');
  if (line.length <= room || typeof value !== 'object' || value === null) return line;
  return spread(value, indent);
}

function spread(value: object, indent: string): string {
  const inner = `${indent}  `;
  const list = Array.isArray(value);
  const lines = Object.entries(value).map(([key, item]) => {
    const name = list ? '' : `${JSON.stringify(key)}: `;
    return inner + name + format(item, inner, WIDTH - inner.length - name.length);
  });
  return `${list ? '[' : '{'}\n${lines.join(',\n')}\n${indent}${list ? ']' : '}'}`;
}
