import { jsonText } from '../../../common/json-write.js';
import type { SamplerResponse } from '../../../indexing/sampler/sampled-rows.js';
import { jsonHandler } from '../json-body.js';
import type { Router } from '../router.js';

export interface SamplerRoutesOptions {
  /** @throws DruidError */
  readonly sample: (spec: unknown) => Promise<SamplerResponse>;
}

/** What a spec would make of its input. @source Druid `SamplerResource.java` */
export function addSamplerRoutes(router: Router, { sample }: SamplerRoutesOptions): void {
  router.add(
    'POST',
    '/druid/indexer/v1/sampler',
    jsonHandler(async (spec) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: jsonText(await sample(spec)),
    })),
  );
}
