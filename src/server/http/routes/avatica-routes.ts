import { parseJson } from '../../../common/json-read.js';
import { jsonText } from '../../../common/json-write.js';
import { errorMessage } from '../../avatica/avatica-error.js';
import type { AvaticaService } from '../../avatica/avatica-service.js';
import type { AvaticaResponse } from '../../avatica/messages.js';
import { protobufError, protobufResponse, readProtobufRequest } from '../../avatica/protobuf-dialect.js';
import { avaticaProtobuf } from '../../avatica/protobuf-schema.js';
import { readRequest } from '../../avatica/requests.js';
import type { HttpRequest, HttpResponse } from '../http-message.js';
import type { Router } from '../router.js';

export interface AvaticaRoutesOptions {
  readonly avatica: AvaticaService;
  /** `host:port` of this server. */
  readonly address: string;
}

/**
 * JDBC over HTTP in both dialects of Avatica. Bodies are read as the path says, whatever their type.
 * @source Druid `sql/avatica/DruidAvaticaJsonHandler.java`, `DruidAvaticaProtobufHandler.java`
 */
export function addAvaticaRoutes(router: Router, options: AvaticaRoutesOptions): void {
  for (const end of ['', '/']) {
    router.add('POST', `/druid/v2/sql/avatica${end}`, (request) => answerJson(request, options));
    router.add('POST', `/druid/v2/sql/avatica-protobuf${end}`, (request) => answerProtobuf(request, options));
  }
}

async function answerJson(request: HttpRequest, { avatica, address }: AvaticaRoutesOptions): Promise<HttpResponse> {
  const headers = { 'content-type': 'application/json;charset=utf-8' };
  const rpcMetadata = { response: 'rpcMetadata', serverAddress: address };
  try {
    const body = parseJson(new TextDecoder().decode(await request.body()));
    const response = jsonForm(await avatica.handle(readRequest(body)));
    return { status: 200, headers, body: jsonText({ ...response, rpcMetadata }) };
  } catch (error) {
    return { status: 500, headers, body: jsonText({ ...errorMessage(error), rpcMetadata }) };
  }
}

async function answerProtobuf(request: HttpRequest, { avatica, address }: AvaticaRoutesOptions): Promise<HttpResponse> {
  const headers = { 'content-type': 'application/x-google-protobuf;charset=utf-8' };
  const root = await (protobuf ??= avaticaProtobuf());
  try {
    const response = await avatica.handle(readProtobufRequest(root, await request.body()));
    return { status: 200, headers, body: protobufResponse(root, response, address) };
  } catch (error) {
    return { status: 500, headers, body: protobufError(root, errorMessage(error), address) };
  }
}

let protobuf: ReturnType<typeof avaticaProtobuf> | undefined;

/** JSON knows one kind of number: every numeric representation is NUMBER. */
function jsonForm(response: AvaticaResponse): AvaticaResponse {
  return withPlainNumbers(response) as AvaticaResponse;
}

const NUMERIC = new Set(['LONG', 'INTEGER', 'FLOAT', 'DOUBLE']);

function withPlainNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return value;
  const out: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (key === 'reps') continue;
    if (key === 'rep' && NUMERIC.has(member as string)) out[key] = 'NUMBER';
    else if (key === 'columns' || key === 'results') out[key] = (member as readonly unknown[]).map(withPlainNumbers);
    else out[key] = withPlainNumbers(member);
  }
  return out;
}
