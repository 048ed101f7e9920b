import type { Generated } from 'kysely';
import type { Stamped } from '../../kernel/database/index.ts';

export interface UserTable extends Stamped {
  readonly username: string;
  readonly domain: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly email: string;
  readonly description: string;
  readonly password_hash: string | null;
  readonly disabled: boolean;
  readonly enable_auto_login: boolean;
  readonly multiple_login_allowed: boolean;
  readonly license_features: string[];
}

interface RoleTable extends Stamped {
  readonly name: string;
  readonly description: string;
  readonly is_system: Generated<boolean>;
}

export interface IdentityTables {
  readonly app_user: UserTable;
  readonly role: RoleTable;
  readonly role_permission: { readonly role_id: number; readonly permission_id: number; readonly resource_id: string };
  readonly user_role: { readonly user_id: number; readonly role_id: number };
}
