import type { ControlRoom } from '../control-room.ts';

/** A bot whose first line says something. */
const BOT = {
  nodes: [
    {
      uid: '1',
      packageName: 'MessageBox',
      commandName: 'messageBox',
      attributes: [
        { name: 'title', value: { type: 'STRING', string: 'Bench' } },
        { name: 'content', value: { type: 'STRING', string: 'The first line.' } },
      ],
    },
  ],
  variables: [],
  packages: [],
};

/** Answers the id of its file. */
export async function uploadFirstLineBot(room: ControlRoom): Promise<string> {
  const file = await room.api<{ id: string }>('POST', '/v2/repository/files', {
    name: 'First line',
    contentType: 'application/vnd.aa.taskbot',
    parentFolderId: '2',
  });
  await room.api('PUT', `/v2/repository/files/${file.id}/content`, BOT);
  return file.id;
}
