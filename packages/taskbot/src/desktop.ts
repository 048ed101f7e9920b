/** What a command needs that nothing here has: a Windows desktop to act on, or a person who sits before it. */
export type Need = 'desktop' | 'attended';

interface Entry {
  readonly need: Need;
  readonly package: string;
  /** Commands, conditions and iterators alike; all of the package when absent. */
  readonly names?: readonly string[];
}

/**
 * Commands of the vendor's that real documents use (contract bots §1.8–1.10, §1.16–1.18) and that cannot be had without
 * Windows. Asked only for what no package declares: as soon as a package offers one of these in another way
 * (a browser capture by its DOM path), its declaration counts.
 */
const NEEDS: readonly Entry[] = [
  { need: 'desktop', package: 'Window' },
  { need: 'desktop', package: 'Keystrokes' },
  { need: 'desktop', package: 'Mouse' },
  { need: 'desktop', package: 'Recorder' },
  { need: 'desktop', package: 'ImageRecognition' },
  { need: 'desktop', package: 'OCR' },
  { need: 'desktop', package: 'AISense' },
  { need: 'desktop', package: 'AppIntegration' },
  { need: 'desktop', package: 'Application' },
  { need: 'desktop', package: 'SAP' },
  { need: 'desktop', package: 'DLL' },
  { need: 'desktop', package: 'VBScript' },
  { need: 'desktop', package: 'Screen' },
  { need: 'desktop', package: 'Excel_MS' },
  { need: 'desktop', package: 'Printer' },
  { need: 'desktop', package: 'PlaySound' },
  { need: 'desktop', package: 'Play Sound' },
  {
    need: 'desktop',
    package: 'Wait',
    names: ['waitForWindow', 'waitForScreenChange', 'waitForScreenChange_V1'],
  },
  {
    need: 'desktop',
    package: 'LegacyAutomation',
    names: [
      'manageWindowsControls',
      'manageWebControls',
      'open',
      'close',
      'configuration',
      'RunScript',
      'ifWindowControlExists',
      'ifWindowControlDoesNotExist',
      'windowExists',
      'windowDoesNotExist',
    ],
  },
  { need: 'desktop', package: 'Browser', names: ['RunJavaScript', 'getSourceCode', 'goBack', 'findBrokenLinks'] },
  { need: 'attended', package: 'TriggerLoop' },
  { need: 'attended', package: 'Trigger Loop' },
  { need: 'attended', package: 'Prompt' },
  { need: 'attended', package: 'InteractiveForms' },
  { need: 'attended', package: 'Interactive Forms' },
];

/** What a member of a package needs; undefined when nothing of the kind is known of it. Letter case does not count. */
export function needOf(packageName: string, name: string): Need | undefined {
  const [wantedPackage, wanted] = [packageName.trim().toLowerCase(), name.trim().toLowerCase()];
  return NEEDS.find(
    (entry) =>
      entry.package.toLowerCase() === wantedPackage &&
      (entry.names === undefined || entry.names.some((one) => one.toLowerCase() === wanted)),
  )?.need;
}
