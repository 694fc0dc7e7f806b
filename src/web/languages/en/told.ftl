# What the lower rooms say in English, word for word: a sentence is known again by it.

# Titles of what did not work.

told-import-changed = The import was changed in the meantime
told-plan-changed = The plan has changed since it was looked at
told-step-open = An earlier step is not finished
told-import-started = The import has been started
told-undo-impossible = The import cannot be undone
told-customer-linked = A customer already has an account
told-customer-importing = Another import holds one of these customers
told-account-assigned = An account belongs to another customer
told-credentials-refused = The stored credentials are refused
told-frozen = Nothing is sent to vendors at present
told-cap = More than may be created or bought in a time
told-never-read = The inventory has not been read yet
told-too-old = The inventory is too old
told-fields = Some fields need attention
told-unavailable = The service cannot store anything now
told-our-side = Something went wrong on our side

# What was and was not done, and what to do next.

told-plan-changed-about = Nothing was sent to Trend Micro. Look at the plan as it is now and start it again.
told-step-open-about = Go through the steps in their order. Nothing was stored.
told-rows-open = Some rows still have problems; each is named. Nothing was sent to Trend Micro.
told-import-started-about = An import that has been started cannot be changed. Nothing was stored. Start a new import for what is left.
told-undo-impossible-about = Nothing was changed. An import can be undone once, within 24 hours of its end, if anything was imported; what was undone cannot be taken up again. Change subscriptions in the Licensing Management Platform's console.
told-undo-undecided = Nothing was changed. Decide about { $customer } first: until then nobody knows what there is to undo for it.
told-linked-one = { $name } is already linked. Nothing was sent to Trend Micro. Remove it from this import.
told-linked-more = { $name } are already linked. Nothing was sent to Trend Micro. Remove it from this import.
told-importing-one = { $name } is being imported by { $by }. Nothing was sent to Trend Micro.
told-importing-more = { $name } are being imported by { $by }. Nothing was sent to Trend Micro.
told-account-of-other = An account chosen here belongs to { $name }. Nothing was sent to Trend Micro. Choose another one.
told-credentials-refused-about = { $vendor } refuses the stored credentials. Nothing was sent. Replace them, then try again.
told-frozen-because = An operator of this service has stopped everything that would change something at vendors: { $reason }. Nothing was sent to Trend Micro. Ask the operator; then start again.
told-frozen-about = An operator of this service has stopped everything that would change something at vendors. Nothing was sent to Trend Micro. Ask the operator; then start again.
told-cap-about = This plan asks for { $asked } { $what }; at most { $cap } may be had in { $period }, and { $used } of them are used. Nothing was sent to Trend Micro. Import fewer customers, wait, or ask the operator of this service for more.
told-never-read-about = Customers and accounts have never been read completely. Refresh the inventory first.
told-too-old-about = What is known about customers and licenses is too old to spend licenses on. Refresh the inventory first.
told-fields-about = Each field is named with what would be right. Nothing was stored.
told-unavailable-about = Nothing was stored. Try again in a moment.
told-our-side-about = What was stored before is safe. Look at the current state before you try again.

# Words that sentences are put together with.

told-accounts = accounts
told-seats = seats
told-an-hour = an hour
told-a-day = a day
told-vsa = Kaseya VSA
told-lmp = The Licensing Management Platform
told-remote-manager = Remote Manager
told-company-name = company name
told-address = address
told-city = city
told-state-or-region = state or region
told-state = state
told-postal-code = postal code
told-country = country
told-first-name = contact's first name
told-last-name = contact's last name
told-contact-email = contact's e-mail address
told-email = e-mail address
told-the-field = the { $field }
told-the-account = the new account
told-the-subscription = the new subscription
told-the-seats = the change of seats
told-the-product = to prepare Worry-Free Services
told-the-notifications = the notification settings
told-the-template = the template

# Why an account is proposed.

told-created-for-it = created for this customer by an earlier import
told-same-name = same name
told-same-domain = same e-mail domain
told-similar-name = similar name

# What is wrong with a field.

told-enter = Enter the { $field }; Trend Micro requires it.
told-enter-email = Enter an e-mail address.
told-email-character = Trend Micro does not accept "{ $character }" in an e-mail address; use letters, digits, hyphen, period, underscore and @.
told-email-characters = Trend Micro does not accept such characters in an e-mail address; use letters, digits, hyphen, period, underscore and @.
told-email-format = Enter one e-mail address, such as name@company.example.
told-invisible = The { $field } holds invisible control or direction characters; type it again without them.
told-too-long = The { $field } has more than { $limit } characters; shorten it.
told-choose-country = Choose the country; Trend Micro requires it.
told-country-code = Use the two-letter code of the country, such as GB or DE.
told-several-fit = Several accounts fit equally well. Choose one of them, or create a new account.
told-created-before = An earlier import created the account "{ $account }" for this customer. Choose that account; a second one could not be removed.
told-account-held = This account belongs to { $name }. Choose another one, or create a new account.
told-no-account = There is no account { $id }. Refresh the inventory, or choose another one.
told-choose-plan = Choose a service plan.
told-no-plan = There is no service plan { $id }. Choose one of the list.
told-seats-range = Enter a number of seats from 1 to 999,999.
told-trial = This account has a trial of the same product, which Trend Micro does not let us change. Convert the trial in the Licensing Management Platform first, or choose another product.
told-customer-gone = Kaseya VSA does not show this customer any more. Remove it from this import, or refresh the inventory once it is back.
told-customer-imported = This customer has been imported already. Remove it from this import.
told-customer-elsewhere = This customer is being imported by another import. Remove it from this one, or wait for the other to end.
told-account-twice = This account is chosen for { $name } as well. One account belongs to one customer.
told-no-template = There is no template { $id }. Choose one of the list.
told-template-manager = Templates need Remote Manager, which is not connected. Choose Trend Micro's default.
told-organization-twice = This organization is named twice.
told-organization-not-in = This organization is not in the import.
told-organization-unknown = There is no such organization. Refresh the inventory if it is new.
told-no-decision = This customer needs no decision now.
told-taken-twice = Another customer of this request gets this account.

# Reasons: of a plan, of an integration, of an undo.

told-verify = The template is applied to an account that existed before. Its settings may have been customized; verify them afterwards.
told-pool-ends = The license pool ends before this customer, so nothing is created for it. Add licenses, or move it up the list.
told-pool-ended = The license pool ended before this customer. Nothing was created for it; add licenses and press Retry.
told-pool-ended-account = The license pool ended before the subscription of this customer. Its account exists already; add licenses and press Retry, which continues with the subscription.
told-stopped = The integration was stopped before this customer's turn. Nothing was created or changed; press Retry to take it up.
told-stopped-account = The integration was stopped before this customer's turn. Its account exists already; press Retry to go on from there.
told-refused-account = Trend Micro refused { $what }. The account has been created and is kept, nothing else was; correct what was refused and press Retry to go on from there.
told-refused-account-saying = Trend Micro refused { $what }: { $said }. The account has been created and is kept, nothing else was; correct what was refused and press Retry to go on from there.
told-refused = Trend Micro refused { $what }. Nothing was created or changed; correct what was refused and press Retry.
told-refused-saying = Trend Micro refused { $what }: { $said }. Nothing was created or changed; correct what was refused and press Retry.
told-subscription-there-account = The account has a subscription to this service plan already that differs from the confirmed one. It was not changed. Start a new import for this customer to change its seats.
told-subscription-there = The account has a subscription to this service plan already that was not in view when the plan was confirmed; nothing was changed. Refresh the inventory and start a new import for this customer to change its seats.
told-other-plan = The account has another service plan of the same product by now, and a second one would split its devices between the two; nothing was changed. Refresh the inventory and start a new import for this customer to change its seats.
told-subscription-gone = The subscription whose seats should change no longer exists or is disabled; nothing was changed. Refresh the inventory and start a new import for this customer.
told-units-unknown = Trend Micro did not confirm the change of seats after several tries, so the subscription has either the old or the confirmed number. Press Retry to set it again; setting it twice changes nothing.
told-open-elsewhere = An earlier import has an open question about this customer; nothing was sent now. Settle it there, then press Retry.
told-account-taken = The account is assigned to another organization by now, so this one was not linked to it. Its subscription is kept. Start a new import for this customer and choose another account.
told-somebody-created = Since this import was begun, somebody has created an account named “{ $account }” at Trend Micro. Nothing was created. Choose that account, or have a new one created.
told-several-created = The answer to the creation was lost, and more than one account could be the one that was created. Nothing more was sent. Choose the account that belongs to this customer.
told-subscription-differs = The answer to the creation of the subscription was lost, and the account has a subscription now that is not the confirmed one. Nothing more was sent. Check it in the Licensing Management Platform; choose the account to take the subscription and set its seats as confirmed.
told-unsettled = The answer to the creation was lost, and Trend Micro could not be asked about it for three days. Nothing more was sent. Look in the Licensing Management Platform whether it exists; if it does not, have it created.
told-undecided = It is still open what the lost answer led to. Nothing more is sent for this customer until somebody chooses.
told-checking = The answer of Trend Micro was lost. We are checking whether it was done; nothing is sent twice.
told-known-by = It will be known by { $at } UTC.
told-checking-throttled = Trend Micro asked us to slow down and does not say whether it carried this request out. We wait as long as it asks, and check whether it was done; nothing is sent twice.
told-slow-down = { $vendor } asks us to slow down. Nothing was done by this request; it is sent again by itself when the time it asked for is over.
told-not-there = The last request had no effect and is sent again.
told-sent-again = The last request may not have got through. It sets a state, so it is sent again by itself.
told-trying-again = { $vendor } does not answer as it should at the moment. It is tried again by itself.
told-unreadable = { $vendor } gave an answer that could not be understood, so nothing was sent for this customer. Press Retry later.
told-waiting-product = The subscription exists. Remote Manager does not show Worry-Free Services for the account yet.
told-product-late = The account and its subscription exist, but Remote Manager did not show Worry-Free Services for it in time. Notifications and template were not set; press Retry to set them.
told-manager-gone = The account and its subscription exist, but Remote Manager is not connected any more. Notifications and template were not set; connect it and press Retry.
told-recipient-not-set = The account and its subscription exist, but the recipient of notifications could not be set. Press Retry to try again.
told-recipient-not-set-saying = The account and its subscription exist, but the recipient of notifications could not be set: { $said }. Press Retry to try again.
told-template-not-applied = The account and its subscription exist, but the template could not be applied completely. Press Retry to try again.
told-template-not-applied-saying = The account and its subscription exist, but the template could not be applied completely: { $said }. Press Retry to try again.
told-parked-refresh = Reading the inventory failed several times in the same way and has been halted. What was read before is kept. Refresh to try again; if it happens again, contact the operator of this service.
told-parked = The integration failed several times in the same way and has been halted. What was done is recorded and is not done again. Press Retry to go on; if it happens again, contact the operator of this service.
told-other-version = What is recorded of this integration was written by another version of this service, so it has been halted. What was done is recorded and is not done again. Contact the operator of this service; press Retry to go on once it has been updated.
told-other-version-customer = What is recorded of this customer was written by another version of this service. Nothing more is sent for it until that is understood. Contact the operator of this service.
told-pause-credentials = { $vendor } refuses the credentials. Nothing more is sent until they are replaced in the settings; the integration then goes on by itself.
told-pause-not-connected = There are no usable credentials for { $vendor }. Enter them in the settings; the integration then goes on by itself.
told-pause-forbidden = The credentials for { $vendor } lack a right that is needed. Nothing more is sent until the right is given or the credentials are replaced; the integration then goes on by itself.
told-pause-clock = The clock of this server differs from that of { $vendor } by { $seconds } seconds, so requests cannot be signed. Set the clock; the integration then goes on by itself.
told-writes-refused-account = The Licensing Management Platform accepts the credentials, but refused this request three times: they lack a right that is needed for it. The account has been created and is kept; give the right or replace the credentials, then press Retry.
told-writes-refused = The Licensing Management Platform accepts the credentials, but refused this request three times: they lack a right that is needed for it. Give the right or replace the credentials, then press Retry.
told-manager-refuses = The account and its subscription exist, but Remote Manager refused three times to set it up, although it accepts the credentials: they lack a right. Give it, then press Retry.
told-manager-away = The account and its subscription exist, but Remote Manager could not be used for three days. Notifications and template were not set; press Retry to set them.
told-away-for-days = { $vendor } could not be used for three days, so this customer was given up. What was done is kept and not done again; press Retry to go on.
told-pause-other-partner = The credentials for { $vendor } belong to another partner than this import was begun with. Nothing more is sent, as what was created there could not be found. Enter credentials of the first one; the integration then goes on by itself.
told-pause-database-clock = The clocks of this service and its database differ by { $seconds } seconds, so what is found at Trend Micro cannot be judged. The operator of this service has to set them; the integration then goes on by itself.
told-pause-frozen = An operator of this service has stopped everything that would change something at vendors. Nothing more is sent until that ends; it then goes on by itself.
told-pause-unreachable = { $vendor } cannot be reached. Nothing is lost; the integration goes on by itself as soon as it answers.
told-adopted = Found as confirmed; nothing was sent.
told-interrupted = The work was interrupted after the request was recorded; it may have been sent.
told-pressed-stop = { $name } pressed Stop.
told-pressed-retry = { $name } pressed Retry.
told-account-stays = The account { $account } stays at Trend Micro: accounts cannot be deleted from here. Disable it in the console if it is not needed.
told-settings-stay = Settings and notification addresses that were set in Remote Manager stay as they are.
told-subscription-stays = The subscription is suspended, not deleted. To import the customer again, lift the suspension in the console.
told-seats-stay = How many seats there were before is not known, so they stay as they are.
told-not-reversed = Trend Micro refuses to reverse it, so the subscription goes on and the customer stays linked. End it in the Licensing Management Platform's console.
told-not-reversed-saying = Trend Micro refuses to reverse it, so the subscription goes on and the customer stays linked. It says: { $said } End it in the Licensing Management Platform's console.
told-reversal-unknown = Trend Micro's answers were lost again and again, so it is not known whether this was reversed. Look at the subscription in the console.
told-subscription-found = The subscription was there already when its turn came, so the import did not create it, and it stays as it is.
told-seats-changed-since = Somebody has changed the seats to { $seats } since, so they stay as they are. The link is removed; change them in the Licensing Management Platform's console if need be.
told-refused-once = Trend Micro refuses to reverse it, perhaps because an earlier try whose answer was lost has done so. This is looked at once more at { $at } UTC. You need not do anything.

# Why reading the vendors failed.

told-no-connection = There is no usable connection to { $vendor }.
told-read-credentials = { $vendor } refuses the credentials.
told-read-forbidden = The credentials for { $vendor } lack a right that is needed.
told-read-clock = The clock of this server differs from that of { $vendor } by { $seconds } seconds.
told-read-incomplete = A list of { $vendor } changed while it was being read.
told-read-unexpected = { $vendor } gave an answer that is not understood.
told-read-unreachable = { $vendor } cannot be reached now.
told-read-kept = What was read before is kept.
told-next-enter = Enter its address and credentials again.
told-next-replace = Replace them; the inventory is then read by itself.
told-next-right = Give the plug-in's user the right to read, then refresh.
told-next-clock = Set the clock, then refresh.
told-next-moment = Refresh again in a moment.
told-next-address = Check that its address is right; the log says more.
told-next-refresh = It is tried again with the next refresh.
told-not-stored = What was read could not be stored. What was stored before is kept. Refresh to try again; if it happens again, contact the operator of this service.
told-restored = The database of this service was restored or has moved, so what is recorded may be older than what was done. Nothing was sent to Trend Micro. As soon as its accounts have been compared with the records, which happens by itself, start again; the operator of this service knows more.
told-pause-restored = The database of this service was restored or has moved, so what is recorded may be older than what was done. Nothing more is sent until the accounts at Trend Micro have been compared with the records; the integration then goes on by itself.
told-model = This account is the model of the template "{ $template }" and no customer's. Choose another one, or create a new account.
told-undo-parked = Undoing the import failed several times in the same way and has been halted. What was reversed stays reversed and is not done again. Press Undo to go on; if it happens again, contact the operator of this service.

# Connections: fields and what a test found.
told-own-name = Enter your company's name.
told-own-country = Enter a country's name or its two letters, such as GB.
told-server-address = Enter the server's address.
told-address-form = Enter an address that begins with https:// and has nothing behind the server's name.
told-no-breaks = It must not contain line breaks; copy it again.
told-address-moved = The address is another server's now, so this has to be entered again.
told-enter-token = Enter the access token.
told-enter-key = Enter the secret key.
told-enter-token-id = Enter the API token's id.
told-enter-token-secret = Enter the API token's secret.
told-enter-user = Enter the VSA user that the plug-in works as.
told-no-colon = A user name contains no colon.
told-enter-user-token = Enter that user's access token.
told-enter-date = Enter a date, such as 2027-03-31, or leave it blank.
told-name-taken = Another partner has this name.
told-name-activated = A partner of this name is activated already. Change its credentials on its own page, or enter another name.
told-subject-connection = Secure connection
told-subject-credentials = Credentials
told-subject-rights = Rights
told-subject-organizations = Organizations
told-subject-plans = Service plans
told-subject-pool = License pool
told-subject-clock = Clock
told-not-looked-at = Not looked at, because something before it failed.
told-no-organization = No organization is visible.
told-scope-all = Put all organizations into the scope of the plug-in's user: System > User Security > Scopes.
told-scope-missing = Put the missing organizations into the scope of the plug-in's user, if they are to be imported.
told-organizations-visible = { $number } are visible, with all their devices.
told-organizations-hidden = { $number } are visible; { $devices } devices belong to others that the scope hides.
told-organizations-counting = { $number } are visible. Counting their devices takes longer; the first refresh tells whether the scope hides some.
told-role-agents = Let the role of the plug-in's user read agents; without them seats cannot be proposed.
told-no-service-plan = There is none.
told-make-plan = Make a service plan in the Licensing Management Platform; without one nothing can be assigned.
told-pools-readable = Readable, { $number } products.
told-pool-forbidden = These credentials may not read it.
told-pool-unknown = Nothing has to be done: seats can be assigned, but what is left is unknown until Trend Micro refuses.
told-test-later = Test again later.
told-keep-time = Let the service's machine keep its time by NTP.
told-no-time = The answers carry no time to compare with.
told-clock-refused = Ours differs from Trend Micro's by { $seconds } seconds; requests are refused.
told-clock-differs = Ours differs from Trend Micro's by { $seconds } seconds.
told-clock-good = Ours and Trend Micro's agree within a minute.
told-server-answers = The server answers over a checked, encrypted connection.
told-accepted = They are accepted.
told-may-read = They may read what is needed.
told-plans-assignable = { $number } can be assigned.
told-in-clear = The server answers, but nothing is encrypted: the operator allows that.
told-enter-https-unless = Enter an address that begins with https://, unless the server is on this machine.
told-role-organizations = Give the plug-in's user a role that may read organizations, and the access token "REST API (Read, Write)" and nothing else.
told-organizations-unread = Organizations cannot be read: { $cause }.
told-devices-uncounted = { $number } are visible, but devices cannot be counted: { $cause }.
told-unread-now = It cannot be read now: { $cause }.
told-connection-unusable = The connection cannot be used: { $cause }.
told-connection-none = There is no usable connection: { $cause }.
told-enter-https = Enter the address as it stands in the browser, beginning with https://.
told-enter-again = Enter address and credentials again.
told-refused-credentials = They are refused.
told-check-user = Check user name and access token: the token has to be valid, limited to no other address than the service's, and be for "REST API (Read, Write)" only.
told-check-pair = Check access token and secret key; they belong together, and each API has a pair of its own.
told-lack-right = The credentials lack the right to read.
told-give-scope = Give the plug-in's user a role and a scope that see every organization.
told-ask-trend = Ask Trend Micro to open the API for these credentials.
told-no-answer = This API does not answer at this address over a checked, encrypted connection.
told-check-address = Check name and port, that the certificate is valid and complete, and that nothing redirects; private addresses are only called if the operator allows it. If all of that is right, try again in a few minutes.

# Signing in.

told-only-looks = Your role lets you look only. Nothing was stored or sent. Ask an administrator of the plug-in to do this, or for another role.
told-sign-in-cookies = Your browser keeps no cookies for this site, so nobody can be signed in. Allow cookies for it, then begin again.
told-sign-in-attempt = This sign-in was begun in another browser, was used already or took more than ten minutes. Nobody was signed in. Close this window and begin again.
told-sign-in-not-set-up = This way of signing in is not set up. Ask whoever runs this service for a sign-in link, or to set it up.
told-sign-in-refused = Your sign-in is not confirmed, or not any more. Nothing was changed or sent. Sign in again; if it happens twice, ask whoever runs this service to check the client and its redirect address.
told-sign-in-unanswered = The server that tells who you are does not answer, so it is not known whether you may do this. Nothing was changed or sent. Try again in a few minutes.
told-sign-in-no-role = You are known, but none of your roles is let in here. Nothing was changed or sent. Ask an administrator of yours for another role, or whoever runs this service to let yours in.

# How people sign in: fields.
told-people-id = Enter the id of the client.
told-people-secret = Enter the secret of this client.
told-people-vsa9 = Only VSA 9 has such clients; leave this blank.
told-people-issuer = Enter the provider's address exactly as it calls itself; it begins with https://.
told-people-administrators = Name a role of administrators as well, or leave both lists blank.
told-people-many = These are too many roles; name fewer.
