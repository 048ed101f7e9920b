import { Type } from 'typebox';
import { Content, operation } from '../operation.ts';

export interface Vitals {
  /** Rejects when the server should get no requests: the database is away, or it is shutting down. */
  ready(): Promise<void>;
  metrics(): Promise<{ contentType: string; text: string }>;
}

const common = {
  module: 'Operation',
  method: 'GET',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: 'anyone',
} as const;

/** For load balancers and orchestrators; open, and without a secret in them. */
export function healthOperations(vitals: Vitals) {
  return [
    operation({
      ...common,
      name: 'live',
      summary: 'Whether the process runs',
      path: '/health/live',
      answer: { status: 200, schema: Type.Object({ status: Type.String() }), description: 'It runs.' },
      handle: () => ({ status: 'live' }),
    }),
    operation({
      ...common,
      name: 'ready',
      summary: 'Whether requests can be answered',
      description: '503 while the database is away or the server is shutting down.',
      path: '/health/ready',
      answer: { status: 200, schema: Type.Object({ status: Type.String() }), description: 'They can.' },
      handle: async () => {
        await vitals.ready();
        return { status: 'ready' };
      },
    }),
    operation({
      ...common,
      name: 'metrics',
      summary: 'Prometheus metrics',
      path: '/metrics',
      answer: { status: 200, description: 'The text format of Prometheus.' },
      handle: async () => {
        const { contentType, text } = await vitals.metrics();
        return new Content(text, contentType);
      },
    }),
  ];
}
