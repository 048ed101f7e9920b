export {
  createGlobalValues,
  GLOBAL_VALUE_TYPES,
  type GlobalValue,
  type GlobalValueSettings,
  type GlobalValues,
  type SharedValues,
  type TypedGlobal,
} from './global-values.ts';
