import { action, attribute, BotError } from '@signalbox/taskbot';
import { sessionOf } from '../support/session.ts';
import { XML } from './document.ts';

/**
 * What a session holds is well-formed, or it would not have been opened. Schemas and DTDs are refused, not passed over:
 * a bot must not take a document for valid that nobody looked at. Attribute names beside the session are [inferred].
 */
export const validateXml = action({
  package: 'XML',
  name: 'validateXML',
  alias: ['validate', 'validateDocument'],
  summary: 'Says whether an XML document is well-formed. Schemas are not supported.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: {
    sessionName: attribute.any({ alias: ['session'] }),
    validationType: attribute.text({ alias: ['validateType', 'validateUsing'] }),
    schemaPath: attribute.file({ alias: ['xsdPath', 'schemaFile', 'filePath'] }),
  },
  returns: 'STRING',
  run: (input, host) => {
    sessionOf(XML, input.sessionName, host);
    if (input.schemaPath !== '' || /schema|xsd|dtd/i.test(input.validationType)) {
      throw new BotError(
        'Validating against a schema or DTD is not supported. Only whether the document is well-formed can be told.',
      );
    }
    return 'VALID';
  },
});
