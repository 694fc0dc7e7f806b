# What the script says. Each value stands as { $name }; a form for each plural category is an attribute.

script-selected = { $count } selected
script-none-selected = None selected
script-carried = { $count } selected, { $carried } not shown here
script-choose = Choose or search an account
script-accounts =
    .one = { $count } account
    .other = { $count } accounts
script-no-suggestion = No account fits by its name. Type to search all of them.
script-search-failed = The search did not work. Try again.
script-no-match = No free account matches.
script-keeps =
    .one = has { $count } seat already; nothing changes
    .other = has { $count } seats already; nothing changes
script-changes =
    .one = { $before } → { $count } seat
    .other = { $before } → { $count } seats
script-left-out =
    .one = { $count } customer
    .other = { $count } customers
script-moved = { $name } is at place { $place } of { $count } now. Save keeps it.
script-renewed = The list shows what was read.
script-testing = Testing: this takes a few seconds.
script-no-answer = No usable answer. Nothing is known to be stored: reload the page and look.
