const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 600;
const HEIGHT = 150;

export interface ChartPoint {
  readonly timeMs: number;
  readonly value: number;
}

/** Draws a filled line over the whole width of `svg`; the vertical axis runs from zero to a round maximum, which is returned. */
export function drawLineChart(svg: SVGSVGElement, points: readonly ChartPoint[]): number {
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  const first = points[0]?.timeMs ?? 0;
  const span = Math.max(1, (points.at(-1)?.timeMs ?? 1) - first);
  const top = roundUp(Math.max(1, ...points.map((point) => point.value)));
  const at = (point: ChartPoint): string =>
    `${(((point.timeMs - first) / span) * WIDTH).toFixed(1)},${(HEIGHT - (point.value / top) * HEIGHT).toFixed(1)}`;
  const line = points.map(at).join(' L');
  svg.replaceChildren(
    shape('path', { class: 'area', d: points.length > 1 ? `M0,${HEIGHT} L${line} L${WIDTH},${HEIGHT} Z` : '' }),
    ...[0, 0.5, 1].map((part) =>
      shape('line', {
        class: 'rule',
        x1: '0',
        x2: String(WIDTH),
        y1: String(HEIGHT * part),
        y2: String(HEIGHT * part),
      }),
    ),
    shape('path', { class: 'line', d: points.length > 1 ? `M${line}` : '' }),
  );
  return top;
}

function shape(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** The next 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((s) => s * power >= value) ?? 10;
  return step * power;
}
