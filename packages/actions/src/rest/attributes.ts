import { attribute } from '@signalbox/taskbot';

/**
 * What all calls over HTTP ask for. In real documents: `uriOption`, `uri`, `authenticationMode`, `customHeaders`,
 * `captureFailureResponse`, `allowInsecureConnection`, `timeOut` (contract §1.17). The settings behind them are [doc], their
 * attribute names [inferred].
 */
export const callAttributes = {
  uriOption: attribute.choice(['text', 'credential']),
  uri: attribute.text(),
  uriCredential: attribute.credential({ alias: ['uriCV', 'cvUri', 'credentialUri', 'uriCVParams'] }),
  authenticationMode: attribute.text({
    fallback: 'NoAuthentication',
    note: 'NoAuthentication, Basic or Bearer. NTLM, Logged-in AD user and Control Room token are refused by name.',
  }),
  username: attribute.credential({ alias: ['userName', 'user', 'basicUsername'] }),
  password: attribute.credential({ alias: ['basicPassword', 'userPassword'] }),
  token: attribute.credential({ alias: ['bearerToken', 'accessToken', 'oauthToken', 'authToken'] }),
  customHeaders: attribute.list({ note: 'Dictionaries with name, value and enabled.' }),
  captureFailureResponse: attribute.flag({
    note: 'Gives an answer other than 2xx to the bot instead of failing the line.',
  }),
  allowInsecureConnection: attribute.flag({ note: 'Takes any certificate.' }),
  timeOut: attribute.number({
    fallback: 60_000,
    alias: ['timeout'],
    note: 'Milliseconds for the whole call [inferred].',
  }),
  proxyOption: attribute.choice(['SYSTEM', 'CUSTOM'], {
    alias: ['proxyConfiguration', 'proxyType'],
    note: 'SYSTEM goes straight to the address.',
  }),
  proxyHost: attribute.credential({ alias: ['host'] }),
  proxyPort: attribute.credential({ alias: ['port'] }),
  proxyUsername: attribute.credential({ alias: ['proxyUserName', 'proxyUser'] }),
  proxyPassword: attribute.credential(),
} as const;

/** Where an answer goes when not into the bot. */
export const downloadAttributes = {
  downloadResponse: attribute.flag({ alias: ['isDownloadResponse', 'downloadFile'], note: 'On devices only.' }),
  downloadPath: attribute.file({ alias: ['downloadFilePath', 'responseFilePath'] }),
  overwrite: attribute.flag({ alias: ['isOverwrite', 'overwriteFile'] }),
} as const;

/** What is sent, where something is. `headerContentType`, `parameterOption`, `jsonPostParameters`, `jsonCVParams` are real. */
export const bodyAttributes = {
  headerContentType: attribute.text({ fallback: 'application/json', alias: ['contentType'] }),
  customContentType: attribute.text({ alias: ['otherContentType'] }),
  parameterOption: attribute.choice(['text', 'credential']),
  jsonPostParameters: attribute.text({ alias: ['body', 'requestBody', 'rawBody'] }),
  jsonCVParams: attribute.credential(),
  formParameters: attribute.list({
    alias: [
      'urlEncodedParameters',
      'urlencodedParams',
      'formDataParameters',
      'multipartParameters',
      'customParameters',
    ],
    note: 'For forms: dictionaries with name, value and enabled; in multipart also type (TEXT, FILE) and contentType.',
  }),
  binaryFilePath: attribute.file({ alias: ['binaryFile', 'bodyFilePath'], note: 'Sends a file. On devices only.' }),
} as const;
