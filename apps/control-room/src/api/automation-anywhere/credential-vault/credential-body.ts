import { Type } from 'typebox';
import { Id } from '../wire.ts';

const Attribute = Type.Object({
  id: Type.Optional(Id),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  userProvided: Type.Boolean(),
  masked: Type.Boolean(),
  passwordFlag: Type.Optional(Type.Boolean()),
});

/** Lengths and characters are the domain's rules, so that whoever breaks them hears of it in its words. */
export const CredentialBody = Type.Object({
  name: Type.String(),
  description: Type.Optional(Type.String()),
  attributes: Type.Array(Attribute, { description: 'A value in it is ignored: values are set apart.' }),
});

export const CredentialChangeBody = Type.Object({
  name: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  attributes: Type.Optional(
    Type.Array(Attribute, { description: 'All of them: what is not named goes, with its values.' }),
  ),
  version: Type.Optional(Type.Integer()),
});

/** `consumed=true` adds those that the caller may use, and no more than use. */
export const Consumed = Type.Object({ consumed: Type.Optional(Type.Boolean()) });
