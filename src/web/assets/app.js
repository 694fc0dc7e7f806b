// Makes the screens nicer. Everything works without it.

import { accountField, details, enter, pending } from './accounts.js';
import { testing } from './connections.js';
import { watch } from './forms.js';
import { licenses } from './licenses.js';
import { live, selection } from './lists.js';
import { all } from './page.js';
import { places } from './places.js';
import { follow, refreshing } from './progress.js';
import { opening, waiting } from './sign_in.js';

all('form[data-keep]').forEach(selection);
all('[data-live]').forEach(live);
all('[data-enter]').forEach(enter);
all('[data-account]').forEach(accountField);
all('[data-creates]').forEach(details);
all('form[data-test]').forEach(testing);
all('form[data-dirty]').forEach(watch);
all('form[data-licenses]').forEach(licenses);
all('form[data-licenses]').forEach(places);
all('[data-events]').forEach(follow);
all('[data-running]').forEach(refreshing);
all('[data-waiting]').forEach(waiting);
all('form[data-window]').forEach(opening);
if (document.querySelector('[data-close]')) close();
all('form[data-auto]').forEach((form) => form.requestSubmit());
if (document.querySelector('[data-pending]')) pending();
if (!location.hash) document.getElementById('problems')?.focus();
