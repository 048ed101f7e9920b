import type { Generated, JSONColumnType } from 'kysely';
import type { Stamped } from '../../kernel/database/index.ts';
import type { ItemStatus } from './life-cycle.ts';

interface ModelTable extends Stamped {
  readonly name: string;
}

interface AttributeTable {
  readonly id: Generated<number>;
  readonly model_id: number;
  readonly position: number;
  readonly name: string;
  readonly type: AttributeType;
  readonly is_required: boolean;
}

interface QueueTable extends Stamped {
  readonly name: string;
  readonly description: string;
  readonly model_id: number;
  readonly reactivation_threshold: number;
  readonly consider_reactivation_threshold: boolean;
  readonly display_column_ids: number[];
  readonly processing_order: JSONColumnType<ProcessingOrder[], string, string>;
  readonly manual_processing_time: number | null;
  readonly manual_processing_time_unit: string;
  readonly auto_retry_limit: number;
  readonly disallow_duplicate: boolean;
  readonly expiry: JSONColumnType<Expiry | null, string | null, string | null>;
  readonly lease_seconds: Generated<number>;
  readonly on_lost: Generated<OnLost>;
}

interface QueueMemberTable {
  readonly queue_id: number;
  readonly user_id: number;
  readonly permissions: string[];
}

interface QueueShareTable {
  readonly queue_id: number;
  readonly kind: 'participant' | 'consumer';
  readonly principal_type: 'role' | 'user';
  readonly principal_id: number;
}

interface WorkItemTable {
  readonly id: Generated<number>;
  readonly queue_id: number;
  readonly status: ItemStatus;
  readonly version: Generated<number>;
}

export interface WorkTables {
  work_item_model: ModelTable;
  work_item_attribute: AttributeTable;
  queue: QueueTable;
  queue_member: QueueMemberTable;
  queue_share: QueueShareTable;
  work_item: WorkItemTable;
}

export const ATTRIBUTE_TYPES = ['TEXT', 'NUMBER', 'DATE', 'BOOLEAN'] as const;
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];

export interface ProcessingOrder {
  readonly attribute: string;
  readonly descending: boolean;
}

/** `DURATION`: so long after it came in. `DATE`: at one moment for all. */
export interface Expiry {
  readonly type: 'DURATION' | 'DATE';
  readonly duration?: number;
  readonly durationUnit?: 'HOURS' | 'DAYS';
  readonly date?: string;
}

/** What becomes of an item whose runner fell silent. */
export type OnLost = 'RETRY' | 'UNKNOWN';
