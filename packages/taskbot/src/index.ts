export * from './declaration.ts';
export * from './value.ts';
