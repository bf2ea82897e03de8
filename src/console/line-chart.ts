import { type Axis, keptAxis } from './axis.js';
import type { SecondCount } from './complete-seconds.js';
import { svgElement } from './dom.js';
import { formatInteger, formatTime } from './format.js';
import type { ServerClock } from './server-clock.js';
import { smoothPath } from './smooth-path.js';

const WINDOW_MS = 60_000;
/**
 * How far the right edge lies behind the server's clock. The newest complete second is 1 s to 2 s old when it is asked for, and is
 * shown until the next answer: with this the line always reaches the edge, and slides instead of jumping.
 */
const DELAY_MS = 2700;
const FRAME_MS = 40;
const HEIGHT = 190;
const MARGIN = { top: 10, right: 0, bottom: 24, left: 46 };
const WIDE = 640;

/** A line of events per second that slides with time. The pointer reads single seconds. */
export class LineChart {
  readonly #clock: ServerClock;
  readonly #svg: SVGSVGElement;
  readonly #reading: HTMLElement;
  readonly #rules = svgElement('g', { class: 'rules' });
  readonly #area = svgElement('path', { class: 'area', 'clip-path': 'url(#plot)' });
  readonly #line = svgElement('path', { class: 'line', 'clip-path': 'url(#plot)' });
  readonly #times = svgElement('g', { class: 'times' });
  readonly #cursor = svgElement('g', { class: 'cursor', hidden: '' });
  readonly #clip = svgElement('rect', { x: String(MARGIN.left), y: '0', height: String(HEIGHT) });
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)');
  #seconds: readonly SecondCount[] = [];
  #axis: Axis | undefined;
  #width = 0;
  #pointerX: number | undefined;
  #running = false;
  /** Number of the loop that draws frames; one that was left ends itself. */
  #loop = 0;
  /** Time at the right edge; stands still while the chart does. */
  #endMs = 0;
  /** What the time labels were made for. */
  #shownTimes = '';

  constructor(clock: ServerClock, svg: SVGSVGElement, reading: HTMLElement) {
    this.#clock = clock;
    this.#svg = svg;
    this.#reading = reading;
    const plot = svgElement('clipPath', { id: 'plot' });
    plot.append(this.#clip);
    svg.append(plot, this.#rules, this.#area, this.#line, this.#times, this.#cursor);
    svg.style.height = `${HEIGHT}px`;
    svg.addEventListener('pointermove', (event) => this.#point(event.offsetX));
    svg.addEventListener('pointerleave', () => this.#point(undefined));
    new ResizeObserver(() => this.#resize()).observe(svg);
    this.#resize();
  }

  /** Shows complete seconds, the oldest first, and keeps sliding. */
  show(seconds: readonly SecondCount[]): void {
    this.#seconds = seconds;
    this.#svg.setAttribute('aria-label', this.#describe());
    const sliding = this.#running;
    this.#running = true;
    if (this.#still.matches) this.#draw();
    if (!sliding) this.#frame(++this.#loop);
  }

  /** Stands still until the next `show`. */
  pause(): void {
    this.#running = false;
    this.#loop++;
  }

  clear(): void {
    this.pause();
    this.#seconds = [];
    this.#axis = undefined;
    this.#endMs = this.#clock.nowMs - DELAY_MS;
    this.#draw();
  }

  /** A pause between frames: the line moves by less than a pixel in it. */
  #frame(loop: number): void {
    if (loop !== this.#loop) return;
    if (!this.#still.matches) this.#draw();
    setTimeout(() => requestAnimationFrame(() => this.#frame(loop)), FRAME_MS);
  }

  #resize(): void {
    this.#width = Math.max(200, this.#svg.clientWidth);
    this.#svg.setAttribute('viewBox', `0 0 ${this.#width} ${HEIGHT}`);
    this.#clip.setAttribute('width', String(this.#width - MARGIN.left - MARGIN.right));
    this.#draw();
  }

  #point(x: number | undefined): void {
    this.#pointerX = x;
    this.#draw();
  }

  #draw(): void {
    if (this.#running) this.#endMs = this.#clock.nowMs - DELAY_MS;
    const endMs = this.#endMs;
    const shown = this.#seconds.filter((second) => second.startMs > endMs - WINDOW_MS - 2000);
    const axis = keptAxis(this.#axis, Math.max(0, ...shown.map((second) => second.count)));
    if (axis !== this.#axis) {
      this.#axis = axis;
      this.#drawRules(axis);
    }
    // A second's count stands in its middle.
    const xs = shown.map((second) => this.#x(second.startMs + 500, endMs));
    const path = smoothPath(
      xs,
      shown.map((second) => y(second.count, axis)),
    );
    this.#line.setAttribute('d', path);
    const floor = HEIGHT - MARGIN.bottom;
    this.#area.setAttribute('d', path && `${path}L${xs.at(-1)!.toFixed(1)},${floor}L${xs[0]!.toFixed(1)},${floor}Z`);
    this.#drawTimes(endMs);
    this.#drawCursor(shown, xs, axis);
  }

  #x(timeMs: number, endMs: number): number {
    const width = this.#width - MARGIN.left - MARGIN.right;
    return MARGIN.left + width * (1 - (endMs - timeMs) / WINDOW_MS);
  }

  #drawRules(axis: Axis): void {
    const marks: SVGElement[] = [];
    for (let value = 0; value <= axis.top; value += axis.step) {
      const height = y(value, axis);
      marks.push(
        // Far wider than any window, so that it need not be drawn again for a new width; the page clips it.
        svgElement('line', { x1: String(MARGIN.left), x2: '10000', y1: String(height), y2: String(height) }),
        label(formatInteger(value), MARGIN.left - 8, height + 4, 'end'),
      );
    }
    this.#rules.replaceChildren(...marks);
  }

  /** Labels are made when one comes or goes; in between they are moved together, which costs no layout of text. */
  #drawTimes(endMs: number): void {
    const everyMs = this.#width < WIDE ? 20_000 : 10_000;
    const times: number[] = [];
    for (let timeMs = Math.floor(endMs / everyMs) * everyMs; timeMs > endMs - WINDOW_MS; timeMs -= everyMs) {
      const x = this.#x(timeMs, endMs);
      // None is cut off at the edges.
      if (Math.min(x - MARGIN.left + 10, this.#width - x) >= 28) times.push(timeMs);
    }
    const anchorMs = times[0] ?? endMs;
    const shown = `${this.#width} ${times.join(' ')}`;
    if (shown !== this.#shownTimes) {
      this.#shownTimes = shown;
      this.#times.replaceChildren(
        ...times.map((timeMs) => label(formatTime(timeMs), this.#x(timeMs, anchorMs), HEIGHT - 6, 'middle')),
      );
    }
    const movedBy = this.#x(anchorMs, endMs) - this.#x(anchorMs, anchorMs);
    this.#times.setAttribute('transform', `translate(${movedBy.toFixed(1)} 0)`);
  }

  #drawCursor(shown: readonly SecondCount[], xs: readonly number[], axis: Axis): void {
    const pointer = this.#pointerX;
    let nearest = -1;
    if (pointer !== undefined) {
      xs.forEach((x, i) => {
        const seen = x >= MARGIN.left && x <= this.#width;
        if (seen && (nearest < 0 || Math.abs(x - pointer) < Math.abs(xs[nearest]! - pointer))) nearest = i;
      });
    }
    const second = shown[nearest];
    this.#cursor.toggleAttribute('hidden', second === undefined);
    this.#reading.textContent = second ? `${formatTime(second.startMs)}: ${formatInteger(second.count)} events` : '';
    if (second === undefined) return;
    const x = xs[nearest]!.toFixed(1);
    this.#cursor.replaceChildren(
      svgElement('line', { x1: x, x2: x, y1: String(MARGIN.top), y2: String(HEIGHT - MARGIN.bottom) }),
      svgElement('circle', { cx: x, cy: y(second.count, axis).toFixed(1), r: '4' }),
    );
  }

  #describe(): string {
    const counts = this.#seconds.map((second) => second.count);
    if (counts.length === 0) return 'Events per second over the last minute: none';
    const [least, most] = [Math.min(...counts), Math.max(...counts)].map(formatInteger);
    return `Events per second over the last minute: between ${least} and ${most}, last ${formatInteger(counts.at(-1)!)}`;
  }
}

function y(value: number, axis: Axis): number {
  const height = HEIGHT - MARGIN.top - MARGIN.bottom;
  return MARGIN.top + height * (1 - value / axis.top);
}

function label(text: string, x: number, top: number, anchor: string): SVGElement {
  const element = svgElement('text', { x: x.toFixed(1), y: String(top), 'text-anchor': anchor });
  element.textContent = text;
  return element;
}
