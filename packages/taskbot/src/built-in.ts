/** A command or iterator that the interpreter runs itself, because it decides what runs next. */
export interface BuiltIn {
  readonly kind: 'command' | 'branch' | 'iterator';
  readonly package: string;
  readonly name: string;
  readonly summary: string;
}

/** For the catalogue and the reference page: what bots can use beside the declarations of a registry. */
export const builtIns: readonly BuiltIn[] = [
  { kind: 'command', package: 'Comment', name: 'Comment', summary: 'Says something to the reader; does nothing.' },
  { kind: 'command', package: 'Step', name: 'step', summary: 'Groups lines under a title.' },
  {
    kind: 'command',
    package: 'If',
    name: 'if',
    summary: 'Runs its lines when its condition, or chain of them, holds.',
  },
  { kind: 'branch', package: 'If', name: 'elseIf', summary: 'Asked when no condition before it held.' },
  { kind: 'branch', package: 'If', name: 'else', summary: 'Runs when no condition before it held.' },
  {
    kind: 'command',
    package: 'Loop',
    name: 'loop.commands.start',
    summary: 'Repeats its lines for each item, or while a condition holds.',
  },
  {
    kind: 'command',
    package: 'Loop',
    name: 'loop.commands.break',
    summary: 'Leaves the innermost loop, or the one its anchor names.',
  },
  {
    kind: 'command',
    package: 'Loop',
    name: 'loop.commands.continue',
    summary: 'Goes to the next turn of the innermost loop, or of the one its anchor names.',
  },
  {
    kind: 'iterator',
    package: 'Loop',
    name: 'loop.iterators.times',
    summary: 'Turns a number of times, counting from 1.',
  },
  {
    kind: 'command',
    package: 'ErrorHandler',
    name: 'try',
    summary: 'Runs its lines and hands their errors to its catch.',
  },
  { kind: 'branch', package: 'ErrorHandler', name: 'catch', summary: 'Runs on an error; binds its message and line.' },
  { kind: 'branch', package: 'ErrorHandler', name: 'finally', summary: 'Runs whether there was an error or not.' },
  { kind: 'command', package: 'ErrorHandler', name: 'throw', summary: 'Raises an error with a message.' },
  {
    kind: 'command',
    package: 'TaskBot',
    name: 'runTask',
    summary: 'Runs another bot with inputs, and takes its outputs.',
  },
  { kind: 'command', package: 'TaskBot', name: 'stopTask', summary: 'Ends this bot; its outputs are what they are.' },
  { kind: 'command', package: 'TaskBot', name: 'pauseTask', summary: 'Holds the run until someone resumes it.' },
  {
    kind: 'command',
    package: 'Wait',
    name: 'waitForCondition',
    summary: 'Waits until its condition, or chain of them, holds, or its time is up.',
  },
];
