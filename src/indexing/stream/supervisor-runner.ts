import type { SupervisorRow } from '../../metadata/metadata-store.js';
import type { MetadataView } from '../../metadata/metadata-view.js';
import type { StreamSourceConfig } from '../../streams/open-source.js';
import { GroupRunner } from './group-runner.js';
import type { PublishServices } from './sequence-publisher.js';
import { kafkaStream } from '../spec/stream-io-config.js';
import { parseSupervisorSpec, type SupervisorSpec } from '../spec/supervisor-spec.js';

export interface SupervisorRunnerOptions {
  readonly services: PublishServices;
  readonly nodeId: string;
  /** Where the embedded logs of this process are; undefined when it has none. */
  readonly localLogDirectory: string | undefined;
  readonly load: () => number;
  /** How long a stopping group may take to publish what it has read. */
  readonly publishLimitMs: number;
}

/**
 * One supervisor on this node: the runners of its task groups, replaced when the supervisor's row changes. The old runners publish
 * and release first, so that the new ones find everything committed.
 */
export class SupervisorRunner {
  readonly #options: SupervisorRunnerOptions;
  #row: SupervisorRow | undefined;
  #spec: SupervisorSpec | undefined;
  #runners: GroupRunner[] = [];
  /** Stopped runners whose rows may still be asked for. */
  #former: GroupRunner[] = [];
  #changing: Promise<void> = Promise.resolve();
  #invalid: string | undefined;

  constructor(options: SupervisorRunnerOptions) {
    this.#options = options;
  }

  get row(): SupervisorRow | undefined {
    return this.#row;
  }

  get spec(): SupervisorSpec | undefined {
    return this.#spec;
  }

  get runners(): readonly GroupRunner[] {
    return this.#runners;
  }

  /** Runners that may have rows that a query asks for. */
  get withRows(): readonly GroupRunner[] {
    this.#former = this.#former.filter((runner) => runner.isDraining || runner.current !== undefined);
    return [...this.#runners, ...this.#former];
  }

  /** Why the stored spec cannot be run. */
  get invalid(): string | undefined {
    return this.#invalid;
  }

  /** Takes the supervisor's row as it is stored now; undefined when it was terminated. */
  update(row: SupervisorRow | undefined): void {
    if (this.#row !== undefined && row !== undefined && sameRow(this.#row, row)) return;
    this.#row = row;
    this.#changing = this.#changing.then(() => this.#replace(row));
  }

  /** Hands what is stored of each group to its runner. */
  check(view: MetadataView): void {
    for (const runner of this.withRows) runner.check(view);
  }

  async stop(limitMs: number): Promise<void> {
    this.#row = undefined;
    this.#changing = this.#changing.then(() => this.#stopRunners(limitMs));
    await this.#changing;
  }

  async terminate(): Promise<void> {
    await Promise.all(this.withRows.map((runner) => runner.terminate()));
  }

  async #replace(row: SupervisorRow | undefined): Promise<void> {
    await this.#stopRunners(this.#options.publishLimitMs);
    // A later change has come meanwhile.
    if (row !== this.#row) return;
    this.#invalid = undefined;
    if (row === undefined) return;
    const { services, nodeId, load } = this.#options;
    try {
      const spec = { ...parseSupervisorSpec(row.spec), id: row.id };
      this.#spec = spec;
      const source = this.#sourceOf(spec);
      if (row.suspended) return;
      const groups = Array.from({ length: spec.ioConfig.taskCount }, (_, group) => group);
      this.#runners = groups.map((group) => new GroupRunner({ services, nodeId, spec, group, source, load }));
      for (const runner of this.#runners) runner.start();
    } catch (error) {
      this.#invalid = error instanceof Error ? error.message : String(error);
      services.log('error', 'Supervisor cannot be run', { supervisorId: row.id, error: this.#invalid });
    }
  }

  async #stopRunners(limitMs: number): Promise<void> {
    const runners = this.#runners;
    this.#runners = [];
    this.#former.push(...runners);
    await Promise.all(runners.map((runner) => runner.stop(limitMs)));
  }

  #sourceOf({ ioConfig }: SupervisorSpec): StreamSourceConfig {
    if (ioConfig.type === 'kafka')
      return { type: 'kafka', stream: kafkaStream(ioConfig), consumerProperties: ioConfig.consumerProperties };
    const directory = this.#options.localLogDirectory;
    if (directory === undefined) throw new Error(`This node has no local log for stream [${ioConfig.stream}]`);
    return { type: 'local', stream: ioConfig.stream, directory };
  }
}

function sameRow(a: SupervisorRow, b: SupervisorRow): boolean {
  return a.version === b.version && a.suspended === b.suspended && JSON.stringify(a.spec) === JSON.stringify(b.spec);
}
