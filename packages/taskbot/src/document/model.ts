import type { Column, ValueType } from '../value.ts';
import type { DocumentPath } from './document-error.ts';

/**
 * A bot document as read: what the interpreter needs, each part with its place (`path`) in the document. What it does
 * not need (unknown keys, order, spacing) stays in the source text, from which printing and editing work.
 */
export interface BotDocument {
  /** The text as it came, byte order mark included. */
  readonly source: string;
  readonly variables: readonly BotVariable[];
  readonly nodes: readonly BotNode[];
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly workItemTemplateName: string | undefined;
  /** How many editor lines the bot has. */
  readonly lines: number;
}

export interface BotVariable {
  readonly path: DocumentPath;
  readonly name: string;
  readonly type: ValueType;
  readonly subtype: ValueType;
  readonly description: string;
  readonly input: boolean;
  readonly output: boolean;
  /** Set once by its default: `readOnly` or `constant`. */
  readonly constant: boolean;
  readonly workItem: boolean;
  readonly sessionType: string | undefined;
  /** Columns of a RECORD. */
  readonly schema: readonly Column[];
  readonly defaultValue: TypedValue | undefined;
}

export interface BotNode {
  readonly path: DocumentPath;
  readonly uid: string;
  readonly packageName: string;
  readonly commandName: string;
  readonly disabled: boolean;
  /** Editor line (contract bots §1.12): depth first, children before branches, comments and disabled nodes count. */
  readonly line: number;
  readonly anchor: string | undefined;
  readonly attributes: readonly BotAttribute[];
  readonly children: readonly BotNode[];
  readonly branches: readonly BotNode[];
  readonly returnTo: ReturnTo | undefined;
  /** `returns` of a catch: what is bound (`errorMessage`, `errorLineNumber`) to which variable. */
  readonly returns: readonly Binding[];
}

export interface BotAttribute {
  readonly path: DocumentPath;
  readonly name: string;
  readonly value: TypedValue;
  /** Attributes of a CONDITIONAL or ITERATOR. */
  readonly attributes: readonly BotAttribute[];
  readonly returnTo: ReturnTo | undefined;
  /** A parenthesised condition, standing in place of the attribute's own value. */
  readonly group: BotAttribute | undefined;
  /** The next link of a condition chain. */
  readonly next: { readonly operator: 'AND' | 'OR'; readonly attribute: BotAttribute } | undefined;
}

export interface Binding {
  readonly key: string;
  readonly variableName: string;
}

export type ReturnTo =
  | { readonly kind: 'variable'; readonly variableName: string }
  | { readonly kind: 'dictionary'; readonly bindings: readonly Binding[] }
  | { readonly kind: 'session'; readonly sessionName: TypedValue; readonly global: boolean };

export interface Entry {
  readonly key: string;
  readonly value: TypedValue;
}

/**
 * A typed value by what it carries. Reading rule: a non-empty `expression` wins, then the payload of the declared type,
 * else it is empty.
 */
export type TypedValue = { readonly type: ValueType; readonly path: DocumentPath } & (
  | { readonly kind: 'empty' }
  | { readonly kind: 'expression'; readonly expression: string }
  /** STRING, FILE, DATETIME, REGEX, PATTERN, ANY: taken literally, a `$` inside is a dollar. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'boolean'; readonly boolean: boolean }
  | { readonly kind: 'list'; readonly items: readonly TypedValue[] }
  | { readonly kind: 'dictionary'; readonly entries: readonly Entry[] }
  | { readonly kind: 'record'; readonly columns: readonly Column[]; readonly values: readonly TypedValue[] }
  | {
      readonly kind: 'table';
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly TypedValue[])[];
    }
  /** With a package name it is a package variable such as System Date. */
  | { readonly kind: 'variable'; readonly variableName: string; readonly packageName: string | undefined }
  /** All variables of these types, or those named. */
  | { readonly kind: 'variables'; readonly filter: readonly string[]; readonly names: readonly string[] }
  /** CONDITIONAL, ITERATOR, EXCEPTION: a member of a package. */
  | { readonly kind: 'member'; readonly packageName: string; readonly name: string }
  | {
      readonly kind: 'taskbot';
      readonly file: TypedValue;
      readonly input: TypedValue | undefined;
      readonly output: TypedValue | undefined;
    }
  | {
      readonly kind: 'credential';
      readonly name: string;
      readonly lockerName: string;
      readonly attributeName: string;
    }
  /** `global` (`sessionTarget`): the run's, which sub-bots see, not the bot's own. */
  | { readonly kind: 'session'; readonly sessionName: TypedValue; readonly global: boolean }
  /** WINDOW, UIOBJECT, REGION, IMAGE …: kept as they are, for packages that know them. */
  | { readonly kind: 'opaque'; readonly payload: Readonly<Record<string, unknown>> }
);
