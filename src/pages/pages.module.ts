import { Module } from '@nestjs/common';
import { RecoveryModule } from '../auth/index.js';
import { ChallengeModule } from '../challenge/index.js';
import { ClaimModule } from '../claim/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { MerchantModule } from '../merchant/index.js';
import { VoucherModule } from '../voucher/index.js';
import { AccountFormsController } from './account-forms.controller.js';
import { CardController } from './card.controller.js';
import { DevMailController } from './dev-mail.controller.js';
import { DropsController } from './drops.controller.js';
import { EmbedController } from './embed.controller.js';
import { ForgottenPasswordController } from './forgotten-password.controller.js';
import { FormClaims } from './form-claims.js';
import { FormsController } from './forms.controller.js';
import { InvitationController } from './invitation.controller.js';
import { LoginController } from './login.controller.js';
import { OptionalSessionGuard } from './optional-session.guard.js';
import { Pages } from './pages.js';
import { ProofsController } from './proofs.controller.js';
import { SearchersController } from './searchers.controller.js';
import { PhoneCodeForms } from './phone-code-forms.js';
import { SignInSteps } from './sign-in-steps.js';
import { UnsubscribeController } from './unsubscribe.controller.js';
import { WebFiles } from './web-files.js';

/** Tells the script where development shows mails and codes. */
const DEV_INBOX = '<meta name="dev-inbox" content="/dev/mail" />';

/** The pages of shoppers as the server makes them; the rest is made in the browser, by what `web/` is built into. */
@Module({
  imports: [MerchantModule, VoucherModule, ClaimModule, ChallengeModule, RecoveryModule],
  controllers: [
    DropsController,
    CardController,
    EmbedController,
    SearchersController,
    FormsController,
    InvitationController,
    LoginController,
    ForgottenPasswordController,
    AccountFormsController,
    ProofsController,
    DevMailController,
    UnsubscribeController,
  ],
  providers: [
    {
      provide: WebFiles,
      inject: [CONFIG],
      useFactory: (config: Config) => WebFiles.load(config.WEB_DIR, config.devInbox ? DEV_INBOX : ''),
    },
    Pages,
    FormClaims,
    OptionalSessionGuard,
    PhoneCodeForms,
    SignInSteps,
  ],
})
export class PagesModule {}
