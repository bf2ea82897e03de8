import { assert } from '../common/assert.js';
import type { Interval } from '../common/interval.js';

/** Arguments of one call live on the stack; more pieces than this make a new array. */
const MAX_SPREAD = 1_000;

/** Something that covers an interval and hides whatever of lower version lies under it. */
export interface Layer extends Interval {
  readonly version: string;
}

/** A stretch in which one layer is on top. */
export interface Piece<L extends Layer> extends Interval {
  readonly layer: L;
}

/**
 * Which layer is on top at each instant, kept up to date for the stretch that a change touches only. Two sorted arrays:
 * all layers by start, and the visible pieces, which never overlap.
 */
export class IntervalCover<L extends Layer> {
  #layers: L[] = [];
  readonly #present = new Set<L>();
  #pieces: Piece<L>[] = [];
  /** Length of the longest layer there ever was: how far left of a point a layer over it can begin. */
  #longestMs = 0;

  /** Adds many layers to an empty cover: one sort and one pass, where `add` looks for the place of each. */
  addAll(layers: Iterable<L>): void {
    assert(this.#layers.length === 0, 'Many layers are added to an empty cover only');
    for (const layer of layers) this.#present.add(layer);
    const sorted = [...this.#present].sort((a, b) => a.startMs - b.startMs);
    this.#layers = sorted;
    for (let first = 0; first < sorted.length; ) {
      let endMs = sorted[first]!.endMs;
      let end = first + 1;
      // Layers that hide nothing of each other, nor touch through others, are painted apart.
      for (; end < sorted.length && sorted[end]!.startMs < endMs; end++) endMs = Math.max(endMs, sorted[end]!.endMs);
      this.#paintApart(sorted.slice(first, end), endMs);
      first = end;
    }
  }

  /** Nothing changes when the layer is there already. */
  add(layer: L): void {
    if (this.#present.has(layer)) return;
    this.#present.add(layer);
    this.#layers.splice(lowerBound(this.#layers, layer.startMs, startOf), 0, layer);
    this.#longestMs = Math.max(this.#longestMs, layer.endMs - layer.startMs);
    this.#repaint(layer);
  }

  remove(layer: L): void {
    if (!this.#present.delete(layer)) return;
    const first = lowerBound(this.#layers, layer.startMs, startOf);
    this.#layers.splice(this.#layers.indexOf(layer, first), 1);
    this.#repaint(layer);
  }

  /** Pieces in the interval, clipped to it, in time order. */
  lookup(interval: Interval): Piece<L>[] {
    const found: Piece<L>[] = [];
    for (let i = firstEndingAfter(this.#pieces, interval.startMs); i < this.#pieces.length; i++) {
      const piece = this.#pieces[i]!;
      if (piece.startMs >= interval.endMs) break;
      found.push(clip(piece, interval));
    }
    return found;
  }

  /** @param layers ascending by start, to the right of everything painted so far */
  #paintApart(layers: L[], endMs: number): void {
    for (const layer of layers) this.#longestMs = Math.max(this.#longestMs, layer.endMs - layer.startMs);
    const { startMs } = layers[0]!;
    if (startMs >= endMs) return;
    if (layers.length === 1) this.#pieces.push({ startMs, endMs, layer: layers[0]! });
    else for (const piece of joined(paint(layers, { startMs, endMs }))) this.#pieces.push(piece);
  }

  #repaint(region: Interval): void {
    if (region.startMs >= region.endMs) return;
    // Neighbours that only touch the region take part, since what is under it may be theirs.
    let first = firstEndingAfter(this.#pieces, region.startMs);
    if (this.#pieces[first - 1]?.endMs === region.startMs) first--;
    let end = lowerBound(this.#pieces, region.endMs, startOf);
    if (this.#pieces[end]?.startMs === region.endMs) end++;
    const touched = this.#pieces.slice(first, end);
    const fresh = paint(this.#layersOver(region), region);
    const left = touched[0];
    const right = touched.at(-1);
    if (left !== undefined && left.startMs < region.startMs) {
      fresh.unshift({ startMs: left.startMs, endMs: Math.min(left.endMs, region.startMs), layer: left.layer });
    }
    if (right !== undefined && right.endMs > region.endMs) {
      fresh.push({ startMs: Math.max(right.startMs, region.endMs), endMs: right.endMs, layer: right.layer });
    }
    const pieces = joined(fresh);
    if (pieces.length <= MAX_SPREAD) this.#pieces.splice(first, end - first, ...pieces);
    else this.#pieces = this.#pieces.slice(0, first).concat(pieces, this.#pieces.slice(end));
  }

  #layersOver(region: Interval): L[] {
    const found: L[] = [];
    for (let i = lowerBound(this.#layers, region.endMs, startOf) - 1; i >= 0; i--) {
      const layer = this.#layers[i]!;
      if (layer.startMs + this.#longestMs <= region.startMs) break;
      if (layer.endMs > region.startMs) found.push(layer);
    }
    return found;
  }
}

/** Lays the layers over a region, the topmost first, each into the gaps that are left. */
function paint<L extends Layer>(layers: L[], region: Interval): Piece<L>[] {
  layers.sort(topmostFirst);
  const pieces: Piece<L>[] = [];
  const gaps: Interval[] = [{ startMs: region.startMs, endMs: region.endMs }];
  for (const layer of layers) {
    if (gaps.length === 0) break;
    const first = firstEndingAfter(gaps, layer.startMs);
    let next = first;
    const rest: Interval[] = [];
    for (; next < gaps.length && gaps[next]!.startMs < layer.endMs; next++) {
      const gap = gaps[next]!;
      const startMs = Math.max(gap.startMs, layer.startMs);
      const endMs = Math.min(gap.endMs, layer.endMs);
      pieces.push({ startMs, endMs, layer });
      if (gap.startMs < startMs) rest.push({ startMs: gap.startMs, endMs: startMs });
      if (endMs < gap.endMs) rest.push({ startMs: endMs, endMs: gap.endMs });
    }
    gaps.splice(first, next - first, ...rest);
  }
  return pieces.sort((a, b) => a.startMs - b.startMs);
}

/** Newest version first. Of one version the later and then the shorter interval: any fixed order would do. */
function topmostFirst(a: Layer, b: Layer): number {
  if (a.version !== b.version) return a.version > b.version ? -1 : 1;
  return b.startMs - a.startMs || a.endMs - b.endMs;
}

/** Touching pieces of one layer become one. */
function joined<L extends Layer>(pieces: readonly Piece<L>[]): Piece<L>[] {
  const result: Piece<L>[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (last !== undefined && last.layer === piece.layer && last.endMs === piece.startMs) {
      result[result.length - 1] = { startMs: last.startMs, endMs: piece.endMs, layer: piece.layer };
    } else {
      result.push(piece);
    }
  }
  return result;
}

function clip<L extends Layer>(piece: Piece<L>, interval: Interval): Piece<L> {
  if (interval.startMs <= piece.startMs && piece.endMs <= interval.endMs) return piece;
  return {
    startMs: Math.max(piece.startMs, interval.startMs),
    endMs: Math.min(piece.endMs, interval.endMs),
    layer: piece.layer,
  };
}

function startOf(interval: Interval): number {
  return interval.startMs;
}

/** Index of the first element whose key is at least `value`; the keys ascend. */
function lowerBound<E>(sorted: readonly E[], value: number, key: (element: E) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (key(sorted[middle]!) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** For disjoint intervals in order: index of the first that ends after `ms`. */
function firstEndingAfter(disjoint: readonly Interval[], ms: number): number {
  let low = 0;
  let high = disjoint.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (disjoint[middle]!.endMs <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
