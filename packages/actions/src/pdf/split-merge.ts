import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { PDFDocument } from '@cantoo/pdf-lib';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { fileWork } from '../support/file-fault.ts';
import { safeFileName } from '../support/file-name.ts';
import { asText } from '../support/text.ts';
import { openForEditing, pagesOf } from './document.ts';

const common = { package: 'PDF', runsOn: 'device', since: '0.2.0' } as const;
const overwrite = attribute.flag({ alias: ['isOverwrite', 'overwriteFile', 'overwriteFiles'] });

/** Answers the files it made. Bookmarks and forms that span pages do not come along. */
export const splitDocument = action({
  ...common,
  name: 'splitDocument',
  summary: 'Cuts a document into files of so many pages each, or takes some pages into one.',
  attributes: {
    filePath: attribute.file({ required: true, alias: ['pdfFilePath', 'sourceFilePath', 'file'] }),
    userPassword: attribute.credential({ alias: ['password', 'ownerPassword'] }),
    splitOption: attribute.choice(['NO_OF_PAGES', 'SELECTED_PAGES'], { alias: ['splitType'] }),
    numberOfPages: attribute.number({ fallback: 1, alias: ['noOfPages', 'pagesPerFile'] }),
    pageRange: attribute.text({ alias: ['pages', 'range', 'selectedPages'], note: '1-3,7' }),
    outputFolderPath: attribute.text({
      required: true,
      alias: ['outputFolder', 'folderPath', 'destinationFolderPath'],
    }),
    fileNamePrefix: attribute.text({ alias: ['fileName', 'prefix', 'outputFileName'] }),
    overwrite,
  },
  returns: 'LIST',
  run: async (input, host) => {
    const path = devicePath(input.filePath, host);
    const source = await openForEditing(path, input.userPassword);
    const count = source.getPageCount();
    const folder = devicePath(input.outputFolderPath, host);
    const start = safeFileName(input.fileNamePrefix === '' ? basename(path, extname(path)) : input.fileNamePrefix);
    const size = Math.floor(input.numberOfPages);
    if (size < 1) throw new BotError(`Expected at least one page a file, but got ${input.numberOfPages}.`);
    const parts =
      input.splitOption === 'SELECTED_PAGES'
        ? [pagesOf(input.pageRange, count)]
        : Array.from({ length: Math.ceil(count / size) }, (_, part) =>
            Array.from({ length: Math.min(size, count - part * size) }, (_page, index) => part * size + index + 1),
          );
    const saved: string[] = [];
    for (const [index, pages] of parts.entries()) {
      host.signal.throwIfAborted();
      const target = join(folder, parts.length === 1 ? `${start}.pdf` : `${start}_${index + 1}.pdf`);
      saved.push(await save(target, [{ source, pages }], input.overwrite));
    }
    return saved;
  },
});

export const mergeDocuments = action({
  ...common,
  name: 'mergeDocuments',
  summary: 'Puts documents one after the other into one.',
  attributes: {
    filePaths: attribute.any({
      alias: ['inputFiles', 'files', 'sourceFiles', 'pdfFiles', 'fileList'],
      note: 'A list, or paths separated by ;',
    }),
    userPassword: attribute.credential({ alias: ['password', 'ownerPassword'], note: 'Of all that have one.' }),
    outputFilePath: attribute.file({ required: true, alias: ['targetFilePath', 'destinationFilePath'] }),
    overwrite,
  },
  run: async (input, host) => {
    const given = Array.isArray(input.filePaths) ? input.filePaths.map(asText) : asText(input.filePaths).split(';');
    const paths = given.filter((text) => text.trim() !== '').map((text) => devicePath(text, host));
    if (paths.length === 0) throw new BotError('Expected documents to put together, but there are none.');
    const all: { source: PDFDocument; pages: number[] }[] = [];
    for (const path of paths) {
      host.signal.throwIfAborted();
      const source = await openForEditing(path, input.userPassword);
      all.push({ source, pages: pagesOf('', source.getPageCount()) });
    }
    await save(devicePath(input.outputFilePath, host), all, input.overwrite);
    return undefined;
  },
});

const save = async (
  path: string,
  parts: readonly { readonly source: PDFDocument; readonly pages: readonly number[] }[],
  mayOverwrite: boolean,
): Promise<string> => {
  if (!mayOverwrite && existsSync(path)) {
    throw new BotError(`"${path}" exists already. Allow overwriting, or choose another name.`);
  }
  const { PDFDocument: Document } = await import('@cantoo/pdf-lib');
  const target = await Document.create();
  for (const { source, pages } of parts) {
    const copies = await target.copyPages(
      source,
      pages.map((page) => page - 1),
    );
    for (const page of copies) target.addPage(page);
  }
  const bytes = await target.save();
  fileWork('save', path, () => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  });
  return path;
};
