/*
 * The codes of the wire (contract b §3). Of the vendor's own only a few are known; the others are made from the domain's
 * words by one rule: `queue.create` is CREATE_QUEUE, `queue.member.put` is PUT_QUEUE_MEMBER. The database does the same
 * in a column (audit_activity_type, migration 0007), because it is searched by; a test holds the two together.
 */

/** Codes that the rule would not make. */
const CODES: Readonly<Record<string, string>> = {
  'session.logIn': 'LOGIN',
  'session.logOut': 'LOGOUT',
  'workItem.add': 'ADD_WORK_ITEMS',
  'bot.deploy': 'RUN_BOT',
  'schedule.create': 'SCHEDULE_CREATED',
  'repository.createFile': 'CREATE_FILE',
  'repository.createMetadata': 'CREATE_METADATA_FILE',
  'repository.createFolder': 'CREATE_FOLDER',
  'repository.createWorkspace': 'CREATE_WORKSPACE',
  'repository.renameFolder': 'RENAME_FOLDER',
  'repository.putContent': 'UPLOAD_FILE',
  'repository.checkOut': 'CHECKOUT_FILE',
  'repository.checkIn': 'CHECKIN_FILE',
  'repository.undoCheckOut': 'UNDO_CHECKOUT_FILE',
  'repository.forceUnlock': 'FORCE_UNLOCK_FILE',
  'repository.copy': 'COPY_FILE',
  'repository.move': 'MOVE_FILE',
  'repository.delete': 'DELETE_FILE',
  'repository.recover': 'RECOVER_FILE',
  'repository.assignLabel': 'ASSIGN_LABEL',
  'repository.removeLabel': 'REMOVE_LABEL',
  'repository.restoreVersion': 'RESTORE_FILE_VERSION',
  'repository.setDependencies': 'SET_DEPENDENCIES',
  'repository.setFolderRights': 'SET_FOLDER_RIGHTS',
  'repository.clearFolderRights': 'CLEAR_FOLDER_RIGHTS',
  'repository.updatePackages': 'UPDATE_PACKAGES',
  'blm.export': 'EXPORT_FILES',
  'blm.import': 'IMPORT_FILES',
};

/** `repository.checkIn` → CHECKIN_FILE */
export function activityTypeOf(action: string): string {
  const known = CODES[action];
  if (known !== undefined) return known;
  return action
    .replace(/^(.*)\.([^.]+)$/, '$2.$1')
    .replace(/\.|(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .toUpperCase();
}

/** What an operation does in the domain's words, where its name does not say it: a refused one is recorded under it. */
const ACTIONS: Readonly<Record<string, string>> = {
  logIn: 'session.logIn',
  logOut: 'session.logOut',
  refreshToken: 'session.refresh',
  changeOwnPassword: 'user.changePassword',
  createRepositoryFile: 'repository.createFile',
  putRepositoryFileContent: 'repository.putContent',
  copyRepositoryFile: 'repository.copy',
  moveRepositoryFile: 'repository.move',
  deleteRepositoryFile: 'repository.delete',
  deleteFolder: 'repository.delete',
  createFolder: 'repository.createFolder',
  renameFolder: 'repository.renameFolder',
  setDependencies: 'repository.setDependencies',
  setDependenciesInWorkspace: 'repository.setDependencies',
  assignLabel: 'repository.assignLabel',
  assignLabelToVersion: 'repository.assignLabel',
  removeLabel: 'repository.removeLabel',
  updatePackageVersions: 'repository.updatePackages',
  recoverFiles: 'repository.recover',
  setFolderRightsOfRole: 'repository.setFolderRights',
  clearFolderRightsOfRole: 'repository.clearFolderRights',
  checkOutRepositoryFile: 'repository.checkOut',
  checkInRepositoryFile: 'repository.checkIn',
  undoCheckOut: 'repository.undoCheckOut',
  restoreRepositoryFileVersion: 'repository.restoreVersion',
  resetDevices: 'device.reset',
  setDefaultDevice: 'device.setDefault',
  changeDefaultDevice: 'device.setDefault',
  deleteDefaultDevice: 'device.removeDefault',
  createDevicePool: 'pool.create',
  updateDevicePool: 'pool.update',
  deleteDevicePool: 'pool.delete',
  issueRunnerToken: 'device.issueToken',
  createWorkItemModelSingular: 'workItemModel.create',
  putQueueMember: 'queue.member.put',
  addQueueParticipants: 'queue.participant.add',
  addQueueConsumers: 'queue.consumer.add',
  addWorkItems: 'workItem.add',
  updateWorkItemStatus: 'workItem.updateStatus',
  deleteWorkItems: 'workItem.delete',
  loadWorkItemFile: 'workItem.loadFile',
  createApiTaskAllocation: 'apiTask.allocate',
  deleteApiTaskAllocation: 'apiTask.deallocate',
  deployBotV2: 'bot.deploy',
  deployBotV3: 'bot.deploy',
  deployBot: 'bot.deploy',
  activateSchedules: 'schedule.activate',
  deactivateSchedules: 'schedule.deactivate',
  deleteSchedules: 'schedule.delete',
  createTriggerMapping: 'trigger.mapping.create',
  deleteTriggerMapping: 'trigger.mapping.delete',
  createEventTrigger: 'trigger.create',
  updateEventTrigger: 'trigger.update',
  deleteEventTrigger: 'trigger.delete',
  makeTriggerSecret: 'trigger.makeSecret',
  revokeOwnApiKey: 'apiKey.revoke',
  replayDelivery: 'outbox.replay',
  replayDeliveries: 'outbox.replay',
  exportFiles: 'blm.export',
  exportVersions: 'blm.export',
  importFiles: 'blm.import',
  changeCredentialOwner: 'credential.changeOwner',
  setAttributeValues: 'credentialValue.create',
  changeAttributeValue: 'credentialValue.update',
  deleteAttributeValue: 'credentialValue.delete',
  putLockerMember: 'locker.member.put',
  removeLockerMember: 'locker.member.remove',
  addLockerConsumer: 'locker.consumer.add',
  removeLockerConsumer: 'locker.consumer.remove',
  putLockerCredential: 'credential.assign',
  takeLockerCredential: 'credential.unassign',
  setVaultKeys: 'vault.changeKeys',
  setVaultMode: 'vault.changeMode',
  rotateVaultKey: 'vault.rotate',
  createLoginSetting: 'loginSetting.put',
  updateLoginSetting: 'loginSetting.put',
  createExternalLoginSetting: 'loginSetting.put',
  updateExternalLoginSetting: 'loginSetting.put',
  deleteExternalLoginSetting: 'loginSetting.delete',
  manageRuns: 'run.manage',
  auditUnknownRun: 'run.auditUnknown',
  callWebhook: 'trigger.call',
  createAssetUpload: 'asset.beginUpload',
  createRobotByTool: 'taskPackage.create',
  createWorkspaceWebhook: 'webhook.create',
  deleteWorkspaceWebhook: 'webhook.delete',
  replayWebhook: 'outbox.replay',
  startAssistantRunByTool: 'assistantRun.start',
  beatAssistantRunByTool: 'assistantRun.beat',
  completeAssistantRunByTool: 'assistantRun.complete',
};

/** `createQueue` → `queue.create` */
export function actionOf(operation: string): string {
  const known = ACTIONS[operation];
  if (known !== undefined) return known;
  const [, verb = '', noun = ''] = /^([a-z]+)(.*)$/.exec(operation) ?? [];
  return noun === '' ? operation : `${noun.charAt(0).toLowerCase()}${noun.slice(1)}.${verb}`;
}
