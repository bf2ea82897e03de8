import { DEFAULT_RULES, RULES } from '../../../coordination/coordinator/retention-duty.js';
import { DEFAULT_TIER, parseRules } from '../../../coordination/coordinator/rules.js';
import { invalidInput } from '../../../common/druid-error.js';
import { formatIso } from '../../../common/iso-time.js';
import type { ConfigChange } from '../../../metadata/metadata-store.js';
import { json } from '../http-message.js';
import { jsonHandler } from '../json-body.js';
import { auditOf, countOf, MAX_HISTORY } from './audit.js';
import { addCompactionRoutes, type CompactionRoutesOptions } from './compaction-routes.js';
import type { Router } from '../router.js';

type Json = Readonly<Record<string, unknown>>;

const PREFIX = '/druid/coordinator/v1';

const LOAD_FOREVER = { tieredReplicants: { [DEFAULT_TIER]: 2 }, useDefaultTierForNull: true, type: 'loadForever' };

export type ConfigRoutesOptions = CompactionRoutesOptions;

/** Rules and auto-compaction. @source Druid `RulesResource.java` */
export function addConfigRoutes(router: Router, options: ConfigRoutesOptions): void {
  addRules(router, options.store);
  addCompactionRoutes(router, options);
}

function addRules(router: Router, store: ConfigRoutesOptions['store']): void {
  const defaults = async (): Promise<unknown> => (await store.config(RULES + DEFAULT_RULES)) ?? [LOAD_FOREVER];
  router.add('GET', `${PREFIX}/rules`, async () => {
    const all = await store.configs(RULES);
    const own = all.map(({ name, payload }) => [name.slice(RULES.length), payload] as const);
    return json({ ...Object.fromEntries(own), [DEFAULT_RULES]: await defaults() });
  });
  router.add('GET', `${PREFIX}/rules/history`, async (request) => {
    const names = (await store.configs(RULES)).map(({ name }) => name);
    const histories = await Promise.all(names.map((name) => store.configHistory(name, MAX_HISTORY)));
    const newest = histories.flat().sort((a, b) => b.atMs - a.atMs);
    return json(newest.slice(0, countOf(request)).map((change) => auditJson(change, 'rules', RULES)));
  });
  router.add('GET', `${PREFIX}/rules/:dataSource`, async (request) => {
    const name = request.param('dataSource');
    const own = await store.config(RULES + name);
    if (name === DEFAULT_RULES) return json(await defaults());
    const rules = (own ?? []) as readonly unknown[];
    return json(request.query.has('full') ? [...rules, ...((await defaults()) as readonly unknown[])] : rules);
  });
  router.add('GET', `${PREFIX}/rules/:dataSource/history`, async (request) => {
    const changes = await store.configHistory(RULES + request.param('dataSource'), countOf(request));
    return json(changes.map((change) => auditJson(change, 'rules', RULES)));
  });
  router.add(
    'POST',
    `${PREFIX}/rules/:dataSource`,
    jsonHandler(async (body, request) => {
      const rules = parseRules(body).map((rule) => rule.json);
      const name = request.param('dataSource');
      if (name === DEFAULT_RULES && rules.length === 0) throw invalidInput('Rules of [_default] must not be empty');
      await store.putConfig(RULES + name, rules, auditOf(request));
      return { status: 200 };
    }),
  );
}

/** @source Druid `AuditEntry.java` */
function auditJson({ name, author, comment, payload, atMs }: ConfigChange, type: string, prefix: string): Json {
  return {
    key: name.slice(prefix.length),
    type,
    auditInfo: { author, identity: 'allowAll', comment, ip: '127.0.0.1' },
    request: null,
    payload: JSON.stringify(payload),
    auditTime: formatIso(atMs),
  };
}
