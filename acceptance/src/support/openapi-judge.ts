import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

/** Holds answers against an OpenAPI document that somebody else wrote: here, the seed's. */
export interface Judge {
  /** @throws with every deviation, when the document does not have this answer */
  check(method: string, template: string, status: number, body: unknown): void;
  /** `GET /queues/{id}`, … */
  readonly operations: readonly string[];
}

interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Response>> }>>>
  >;
}

interface Response {
  readonly content?: { readonly 'application/json'?: { readonly schema: { readonly $ref: string } } };
}

export function openApiJudge(fixture: string): Judge {
  const document = parse(readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', fixture), 'utf8')) as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  // int64 is no format of JSON Schema; the document's ids are whole numbers.
  ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger });
  ajv.addFormat('binary', true);
  ajv.addSchema(document as object, 'seed');

  return {
    operations: Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    ),
    check(method, template, status, body) {
      const response = document.paths[template]?.[method.toLowerCase()]?.responses[String(status)];
      if (!response) throw new Error(`The document has no ${status} for ${method} ${template}.`);
      const schema = response.content?.['application/json']?.schema;
      if (!schema) return;
      const validate = ajv.compile({ $ref: `seed${schema.$ref}` });
      if (!validate(body))
        throw new Error(`${method} ${template} ${status}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`);
    },
  };
}
