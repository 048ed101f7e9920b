import type { Declaration } from '@signalbox/taskbot';
import { applicationPackage } from './application/index.ts';
import { booleanPackage } from './boolean/index.ts';
import { browserPackage } from './browser/index.ts';
import { type CatalogueEntry, catalogueOf } from './catalogue.ts';
import { clipboardPackage } from './clipboard/index.ts';
import { credentialPackage } from './credential/index.ts';
import { csvTxtPackage } from './csv-txt/index.ts';
import { dataTableOnDevices } from './data-table/device.ts';
import { dataTablePackage } from './data-table/index.ts';
import { databasePackage } from './database/index.ts';
import { datetimePackage } from './datetime/index.ts';
import { delayPackage } from './delay/index.ts';
import { dictionaryPackage } from './dictionary/index.ts';
import { emailPackage } from './email/index.ts';
import { excelPackage } from './excel/index.ts';
import { filePackage } from './file/index.ts';
import { folderPackage } from './folder/index.ts';
import { ftpPackage } from './ftp/index.ts';
import { guidToolsPackage } from './guid-tools/index.ts';
import { javaScriptPackage } from './java-script/index.ts';
import { jsonPackage } from './json/index.ts';
import { legacyAutomationPackage } from './legacy-automation/index.ts';
import { listPackage } from './list/index.ts';
import { logToFilePackage } from './log-to-file/index.ts';
import { loopPackage } from './loop/index.ts';
import { mathPackage } from './math/index.ts';
import { messageBoxPackage } from './message-box/index.ts';
import { numberPackage } from './number/index.ts';
import { pdfPackage } from './pdf/index.ts';
import { promptPackage } from './prompt/index.ts';
import { pythonPackage } from './python/index.ts';
import { recordPackage } from './record/index.ts';
import { recorderPackage } from './recorder/index.ts';
import { restPackage } from './rest/index.ts';
import { screenPackage } from './screen/index.ts';
import { soapPackage } from './soap/index.ts';
import { stringOnDevices } from './string/device.ts';
import { stringPackage } from './string/index.ts';
import { systemOnDevices } from './system/device.ts';
import { systemPackage } from './system/index.ts';
import { textFilePackage } from './text-file/index.ts';
import { webAutomationPackage } from './web-automation/index.ts';
import { xmlPackage } from './xml/index.ts';

export type { CatalogueAttribute, CatalogueEntry } from './catalogue.ts';
export {
  ADDRESS_GROUPS,
  type AddressGroup,
  createOutgoingRules,
  type OutgoingOptions,
} from './network/outgoing-rules.ts';

/** All that a bot can do beside the control flow of the interpreter itself. Threads of API Tasks load `anywhere.ts`. */
export const standardPackages: readonly Declaration[] = [
  ...applicationPackage,
  ...booleanPackage,
  ...browserPackage,
  ...clipboardPackage,
  ...credentialPackage,
  ...csvTxtPackage,
  ...dataTableOnDevices,
  ...dataTablePackage,
  ...databasePackage,
  ...datetimePackage,
  ...delayPackage,
  ...dictionaryPackage,
  ...emailPackage,
  ...excelPackage,
  ...filePackage,
  ...folderPackage,
  ...ftpPackage,
  ...guidToolsPackage,
  ...javaScriptPackage,
  ...jsonPackage,
  ...legacyAutomationPackage,
  ...listPackage,
  ...logToFilePackage,
  ...loopPackage,
  ...mathPackage,
  ...messageBoxPackage,
  ...numberPackage,
  ...pdfPackage,
  ...promptPackage,
  ...pythonPackage,
  ...recordPackage,
  ...recorderPackage,
  ...restPackage,
  ...screenPackage,
  ...soapPackage,
  ...stringOnDevices,
  ...stringPackage,
  ...systemOnDevices,
  ...systemPackage,
  ...textFilePackage,
  ...webAutomationPackage,
  ...xmlPackage,
];

/** What is on offer, as data; of these packages, or of others declared in the same way. */
export const catalogue = (declarations: readonly Declaration[] = standardPackages): CatalogueEntry[] =>
  catalogueOf(declarations);
