import { type TSchema, Type } from 'typebox';
import type { AttributeValue, Credential, CredentialAttribute, Locker } from '../../../domain/vault/index.ts';

const Moment = Type.String({ description: 'ISO 8601, UTC' });
/** Ids and versions of this module are texts of digits (contract a §1.4). */
const TextId = Type.String({ description: 'digits' });

interface Stamp {
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

const stamps = { createdBy: TextId, createdOn: Moment, updatedBy: TextId, updatedOn: Moment, version: TextId };

function renderStamp({ createdBy, createdOn, updatedBy, updatedOn, version }: Stamp): object {
  return {
    createdBy: String(createdBy),
    createdOn: createdOn.toString(),
    updatedBy: String(updatedBy),
    updatedOn: updatedOn.toString(),
    version: String(version),
  };
}

const AttributeAnswer = Type.Object({
  id: TextId,
  name: Type.String(),
  description: Type.String(),
  userProvided: Type.Boolean(),
  masked: Type.Boolean(),
  passwordFlag: Type.Boolean(),
  ...stamps,
});

function renderAttribute(attribute: CredentialAttribute): object {
  const { id, name, description, userProvided, masked, passwordFlag } = attribute;
  return { id: String(id), name, description, userProvided, masked, passwordFlag, ...renderStamp(attribute) };
}

export const CredentialAnswer: TSchema = Type.Object({
  id: TextId,
  name: Type.String(),
  description: Type.String(),
  lockerId: Type.Optional(TextId),
  ownerId: TextId,
  completed: Type.Boolean({ description: 'Every standard attribute has a value.' }),
  ...stamps,
  attributes: Type.Array(AttributeAnswer),
});

/** Contract a §4.2. `lockerId` is absent while it is in no locker. */
export function renderCredential(credential: Credential): object {
  const { id, name, description, lockerId, ownerId, completed, attributes } = credential;
  return {
    id: String(id),
    name,
    description,
    ...(lockerId === null ? {} : { lockerId: String(lockerId) }),
    ownerId: String(ownerId),
    completed,
    ...renderStamp(credential),
    attributes: attributes.map(renderAttribute),
  };
}

export const ValueAnswer: TSchema = Type.Object({
  id: TextId,
  credentialAttributeId: TextId,
  value: Type.String({ description: 'Empty where it is not shown; base64 where an encryptionKey came.' }),
  userId: Type.Optional(TextId),
  ...stamps,
  credentialAttribute: AttributeAnswer,
});

/** Contract a §4.4. `userId` is there for user-provided values only. */
export function renderValue(value: AttributeValue): object {
  return {
    id: String(value.id),
    credentialAttributeId: String(value.attributeId),
    value: value.value,
    ...(value.userId === null ? {} : { userId: String(value.userId) }),
    ...renderStamp(value),
    credentialAttribute: renderAttribute(value.attribute),
  };
}

export const LockerAnswer: TSchema = Type.Object({
  id: TextId,
  name: Type.String(),
  description: Type.String(),
  ...stamps,
});

/** Contract a §4.5. */
export function renderLocker(locker: Locker): object {
  return { id: String(locker.id), name: locker.name, description: locker.description, ...renderStamp(locker) };
}

/** The calls that answer everything at once, without a page. */
export function allOf(item: TSchema): TSchema {
  return Type.Object({ list: Type.Array(item) });
}
