import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { queryBuilder, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import type { AttributeType, WorkTables } from './tables.ts';

export interface Attribute {
  readonly id: number;
  readonly name: string;
  readonly type: AttributeType;
  readonly isRequired: boolean;
}

/** The columns of a queue's items. The order of `attributes` is the order of the display slots. */
export interface Model {
  readonly id: number;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  /** Items are any JSON at all, and there are no columns. */
  readonly takesAnything: boolean;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

export interface NewModel {
  readonly name: string;
  readonly attributes: readonly {
    readonly name: string;
    readonly type: AttributeType;
    readonly isRequired?: boolean;
  }[];
}

const build = queryBuilder<WorkTables>();

/** The columns of a model as one JSON value, in their order. */
export function attributesOf(modelId: RawBuilder<unknown>): RawBuilder<Attribute[]> {
  return sql<Attribute[]>`(
    select coalesce(json_agg(json_build_object('id', a.id, 'name', a.name, 'type', a.type, 'isRequired', a.is_required) order by a.position), '[]')
    from work_item_attribute a where a.model_id = ${modelId})`;
}

const COLUMNS = sql`m.id, m.name, ${attributesOf(sql`m.id`)} as attributes, m.takes_anything as "takesAnything",
  m.created_by as "createdBy", m.created_on as "createdOn",
  m.updated_by as "updatedBy", m.updated_on as "updatedOn", m.version`;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`m.id` },
  name: { type: 'text', sql: sql`m.name` },
  createdBy: { type: 'number', sql: sql`m.created_by` },
  createdOn: { type: 'instant', sql: sql`m.created_on` },
  updatedOn: { type: 'instant', sql: sql`m.updated_on` },
  version: { type: 'number', sql: sql`m.version` },
};

export function createModels(database: Database) {
  return {
    /** @throws duplicate when the name is taken; invalid when two attributes have one name */
    async create(caller: Caller, model: NewModel): Promise<Model> {
      const seen = new Set<string>();
      for (const { name } of model.attributes) {
        if (seen.has(name.toLowerCase())) throw error('invalid', `The attribute "${name}" stands twice in the model.`);
        seen.add(name.toLowerCase());
      }
      const id = await database
        .transaction(async (tx) => {
          const created = await tx.first(
            build
              .insertInto('work_item_model')
              .values({ name: model.name, created_by: caller.userId, updated_by: caller.userId })
              .returning('id'),
          );
          if (!created) throw new Error('The model was not inserted.');
          await tx.all(
            build.insertInto('work_item_attribute').values(
              model.attributes.map(({ name, type, isRequired = false }, position) => ({
                model_id: created.id,
                position,
                name,
                type,
                is_required: isRequired,
              })),
            ),
          );
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'workItemModel.create',
            subject: { type: 'workItemModel', id: created.id, name: model.name },
          });
          return created.id;
        })
        .catch((cause) => {
          if (violatedConstraint(cause) !== 'work_item_model_name') throw cause;
          throw error('duplicate', `There is a work item model with the name "${model.name}" already.`);
        });
      return this.get(id);
    },

    async get(id: number): Promise<Model> {
      const model = await database.first(sql<Model>`select ${COLUMNS} from work_item_model m where m.id = ${id}`);
      if (!model) throw error('notFound', `There is no work item model with the id ${id}.`);
      return model;
    },

    list(selection: Selection): Promise<Page<Model>> {
      return selectPage<Model>(
        database,
        { columns: COLUMNS, source: sql`work_item_model m`, visible: sql`true`, fields: FIELDS, tiebreak: sql`m.id` },
        selection,
      );
    },
  };
}
