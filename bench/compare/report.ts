/** Results as Markdown tables, and their place in the documentation. */
import { readFileSync, writeFileSync } from 'node:fs';
import { geometricMean } from '../lib/statistics.js';
import type { Measurement } from './measure.js';
import { find, medianMs, OURS, type Results, ratio } from './results.js';
import { PAPER_NINE, targets } from './targets.js';

const BEGIN = '<!-- measured: npm run bench -->';
const END = '<!-- /measured -->';

const PEERS = [
  ['duckdb_memory', 'DuckDB memory'],
  ['duckdb_disk', 'DuckDB disk'],
  ['chdb', 'chdb'],
] as const;

/** Everything that a run measured, as Markdown. */
export function markdown(results: Results): string {
  const threads = Object.keys(results.bandwidth).map(Number);
  return [
    header(results),
    ...threads.map((number) => queryTable(results, number)),
    targetTable(results),
    errors(results),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function header(results: Results): string {
  const { machine, versions } = results;
  const bandwidth = Object.entries(results.bandwidth).map(([threads, rate]) => `${gb(rate)} GB/s with ${threads}`);
  const ingest = Object.entries(results.ingestRowsPerSecond).map(([layout, rate]) => `${layout} ${count(rate)} rows/s`);
  const files = Object.entries(results.fileBytes).map(([name, bytes]) => `${name} ${(bytes / 1e6).toFixed(1)} MB`);
  return [
    `- ${results.date}, commit ${results.commit}: \`${results.command}\``,
    `- ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.system}, Node ${machine.node}, load at the start ${machine.loadAtStart.toFixed(1)}`,
    `- ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `- TPC-H lineitem, scale factor ${results.scaleFactor}: ${count(results.rows)} rows; files: ${files.join(', ')}`,
    `- memory read bandwidth, threads: ${bandwidth.join(', ')}`,
    ...(ingest.length === 0 ? [] : [`- ingestion: ${ingest.join(', ')}`]),
  ].join('\n');
}

function queryTable(results: Results, threads: number): string {
  const names = [...new Set(results.measurements.map((one) => one.query))];
  const lines = names.map((query) => {
    const rates = speed(results, query, threads);
    return [
      query,
      cell(find(results, query, OURS, threads)),
      cell(find(results, query, 'millrace_months', threads)),
      ...PEERS.map(([peer]) => cell(find(results, results.comparedWith[query] ?? query, peer, threads))),
      ...PEERS.map(([peer]) => share(ratio(results, query, peer, threads))),
      ...rates,
    ];
  });
  const title = `### ${threads} ${threads === 1 ? 'thread' : 'threads'}: median / least ms (clean runs of all)`;
  const head = [
    'query',
    'one segment',
    '84 segments',
    ...PEERS.map(([, label]) => label),
    ...PEERS.map(([, label]) => `to ${label}`),
    'Mrows/s per core',
    'GB/s touched',
    'of bandwidth',
  ];
  return `${title}\n\n${table(head, [...lines, ...meanLines(results, threads)])}`;
}

function speed(results: Results, query: string, threads: number): string[] {
  const touched = results.touched[query];
  const ms = medianMs(results, query, OURS, threads);
  if (touched == null || ms === undefined) return ['', '', ''];
  const seconds = ms / 1000;
  const bytesPerSecond = touched.bytes / seconds;
  return [
    (touched.rows / seconds / threads / 1e6).toFixed(0),
    gb(bytesPerSecond),
    `${((100 * bytesPerSecond) / results.bandwidth[String(threads)]!).toFixed(0)}%`,
  ];
}

/** Geometric means of the ratios over the nine, and over each group of the others. */
function meanLines(results: Results, threads: number): string[][] {
  const groups = [...new Set(Object.values(results.groups))];
  return groups.flatMap((group) => {
    const members = Object.keys(results.groups).filter((query) => results.groups[query] === group);
    const mean = (engine: string, ours: string): string => {
      const ratios = members.flatMap((query) => ratio(results, query, engine, threads, ours) ?? []);
      if (ratios.length === 0) return '';
      const missing = ratios.length < members.length ? ` (${ratios.length} of ${members.length})` : '';
      return share(geometricMean(ratios)) + missing;
    };
    const line = (label: string, ours: string): string[] => [
      `**${group}**, geometric mean, ${label}`,
      '',
      '',
      '',
      '',
      '',
      ...PEERS.map(([peer]) => mean(peer, ours)),
      '',
      '',
      '',
    ];
    const isNine = members.some((query) => PAPER_NINE.includes(query));
    return isNine ? [line('one segment', OURS), line('84 segments', 'millrace_months')] : [line('one segment', OURS)];
  });
}

function targetTable(results: Results): string {
  const lines = targets(results).map(({ what, asked, reached, met }) => {
    const verdict = met ? 'reached' : '**missed**';
    return [what, asked, reached, met === null ? '' : verdict];
  });
  return `### Targets (one thread, one segment unless said)\n\n${table(['what', 'asked', 'measured', ''], lines)}`;
}

/** Errors of the sketches, and what was refused or wrong. */
function errors(results: Results): string {
  const lines = results.measurements.flatMap((one) => {
    const where = `${one.query}, ${one.engine}, threads ${one.threads}`;
    if (one.problem !== undefined) return [`- ${where}: **wrong**: ${one.problem}`];
    if (one.unsupported !== undefined) return [`- ${where}: unsupported`];
    return one.error === undefined || one.threads > 1
      ? []
      : [`- ${one.query}, ${one.engine}: error ${(one.error * 100).toFixed(2)}%`];
  });
  return lines.length === 0 ? '' : `### Errors of sketches, and what is missing\n\n${lines.join('\n')}`;
}

function cell(one: Measurement | undefined): string {
  if (one === undefined) return '';
  if (one.unsupported !== undefined) return 'unsupported';
  if (one.problem !== undefined) return 'wrong';
  const { summary } = one;
  return summary === null
    ? ''
    : `${milliseconds(summary.medianMs)} / ${milliseconds(summary.minMs)} (${summary.clean}/${summary.taken})`;
}

/** Replaces the text between the two marks of a document. @throws Error where it has none */
export function replaceMeasured(document: string, text: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`The document lacks [${BEGIN}] and [${END}]`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${document.slice(end)}`;
}

export function publish(path: string, text: string): void {
  writeFileSync(path, replaceMeasured(readFileSync(path, 'utf8'), text));
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function milliseconds(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3);
}

function share(value: number | undefined): string {
  return value === undefined ? '' : value.toPrecision(2);
}

function gb(rate: number): string {
  return (rate / 1e9).toFixed(1);
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}
