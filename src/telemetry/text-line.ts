/** `18:50:00.123 INFO  Segment loaded service=historical segmentId=…` from a JSON log line. */
export function textLine(line: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const parts = [String(time).slice(11, 23), String(level).toUpperCase().padEnd(5), String(msg)];
  for (const [name, value] of Object.entries(fields)) {
    parts.push(`${name}=${typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value)}`);
  }
  return `${parts.join(' ')}\n${errorText(err)}`;
}

function errorText(err: unknown): string {
  if (typeof err !== 'object' || err === null) return '';
  const { stack, message } = err as { readonly stack?: unknown; readonly message?: unknown };
  const text = typeof stack === 'string' ? stack : String(message);
  return `${text.replaceAll(/^/gm, '    ')}\n`;
}
