import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Database, isDuplicateKey } from '../database/database.js';
import { Clock } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { PasswordHasher } from './password.js';
import { User } from './user.entity.js';
import { insertUser } from './user-names.js';

/** Creates the administrator of ADMIN_EMAIL and ADMIN_PASSWORD at start, once. An account that exists is left alone. */
@Injectable()
export class FirstAdmin implements OnApplicationBootstrap {
  private readonly logger = new Logger('Auth');

  constructor(
    private readonly database: Database,
    private readonly passwords: PasswordHasher,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ADMIN_EMAIL' | 'ADMIN_PASSWORD'>,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = this.config;
    if (email === undefined || password === undefined) return;
    const existing = await this.database.read.findOneBy(User, { email });
    if (existing) {
      if (existing.role !== 'admin')
        this.logger.warn(
          { user: existing.id },
          'the account of ADMIN_EMAIL is no administrator; it is left alone',
        );
      return;
    }
    const now = this.clock.now();
    const admin: User = {
      id: newId('usr', now),
      email,
      emailVerifiedAt: null,
      phone: null,
      name: 'Administrator',
      passwordHash: await this.passwords.hash(password),
      role: 'admin',
      merchantId: null,
      merchantRole: null,
      createdAt: now,
    };
    try {
      await this.database.write((tx) => insertUser(this.database, tx, admin));
    } catch (error) {
      if (isDuplicateKey(error)) return; // another instance, started at the same time
      throw error;
    }
    this.logger.log({ event: 'admin_created', user: admin.id }, 'administrator created');
  }
}
