import { type ArchiveFault, type FaultCode, refusalCode } from '@signalbox/archives';
import { ImportRefusal } from '../import-refusal.ts';

/** What to do about it. Exports are made by a Control Room: one that is not as it should be is made again. */
const REMEDIES: Readonly<Record<FaultCode, string>> = {
  'not-a-zip': 'Was it downloaded to its end?',
  damaged: 'Export it again',
  'unknown-method': 'Pack it with a usual program',
  encrypted: 'Export it again without a password, or unpack it yourself and give the folder',
  'bad-name': 'Nothing was read. No export looks like this: ask whoever made the archive, and export it anew',
  'absolute-path': 'Nothing was read. No export looks like this: ask whoever made the archive, and export it anew',
  'climbing-path': 'Nothing was read. No export looks like this: ask whoever made the archive, and export it anew',
  link: 'Nothing was read: archives of bots hold files only',
  'duplicate-path': 'Rename one of them',
  'too-many-files': 'Export fewer folders at a time',
  'too-large': 'Leave it out of the export',
  'too-large-together': 'Export fewer folders at a time',
  swelling: 'Nothing was unpacked',
};

export function refuseArchive(fault: ArchiveFault): ImportRefusal {
  return new ImportRefusal(refusalCode(fault.code), `${fault.message}. ${REMEDIES[fault.code]}`, { cause: fault });
}
