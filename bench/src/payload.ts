/** The small JSON object that every system in the comparison carries: an invoice, as robots get them. */
export interface Payload {
  readonly number: string;
  readonly amount: number;
  readonly due: string;
  readonly supplier: string;
}

export function payloadOf(index: number): Payload {
  return {
    number: `INV-${String(index).padStart(8, '0')}`,
    amount: ((index * 7919) % 1_000_000) / 100,
    due: `2026-${String((index % 12) + 1).padStart(2, '0')}-${String((index % 28) + 1).padStart(2, '0')}`,
    supplier: `Supplier ${index % 500}`,
  };
}

export function payloads(count: number): Payload[] {
  return Array.from({ length: count }, (_, index) => payloadOf(index));
}
