import iconv from 'iconv-lite';

const DECLARED = /^(?:\ufeff)?\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/;

/** Bytes of an XML file as text: a byte-order mark tells the encoding, else the declaration does, else it is UTF-8. */
export const decodeXml = (bytes: Buffer): string => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return iconv.decode(bytes, 'utf-16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return iconv.decode(bytes, 'utf-16be');
  return iconv.decode(bytes, encodingOf(bytes.toString('latin1', 0, 200)));
};

/** In the encoding that the document declares, so that whoever reads it next finds what it says. */
export const encodeXml = (text: string): Buffer => {
  const encoding = encodingOf(text.slice(0, 200));
  return iconv.encode(text, encoding, { addBOM: /^utf-?16/i.test(encoding) });
};

const encodingOf = (head: string): string => {
  const declared = DECLARED.exec(head)?.[1] ?? 'utf-8';
  return iconv.encodingExists(declared) ? declared : 'utf-8';
};
