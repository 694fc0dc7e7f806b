# Complete Integration, what happened to a customer, and undoing.

integration-title = Complete Integration
integration-purpose = What is done at Trend Micro for each customer, as it happens.
integration-bar = Customers done
integration-imported = { $count ->
    [one] { $done } of { $count } customer imported
   *[other] { $done } of { $count } customers imported
}
integration-done = { $count ->
    [one] { $done } of { $count } customer done
   *[other] { $done } of { $count } customers done
}
integration-why = Why it stands still:
integration-started = Started { $when } by { $name }.
integration-ended = Started { $when } by { $name }; ended { $end }.
integration-close = You can close this page; the work goes on, and this page can be opened again at any time.
integration-stop = Stop
integration-stop-ask = Customers under way are finished, and no new ones are started. Stop?
integration-retry = Retry what is not done
integration-new-import = { $count ->
    [one] New import of { $count } customer left out
   *[other] New import of { $count } customers left out
}
integration-csv = Download CSV
integration-now = Under way now
integration-others = All other customers
back-to-integration = ← Back to the integration
integration-taken-back = This import has been taken back, as { $name } asked for { $when }. The list shows how it had ended before.
integration-being-taken-back = This import is being taken back, as { $name } asked for { $when }. The list shows how it had ended before.
integration-see-undo = See what was undone
next-try = Next try: { $when }.
retry = Retry
retry-name = Retry { $name }
more = More
row-seats = { $count } seats

count-queued = waiting
count-under-way = under way
count-imported = imported
count-imported-with-warning = imported with a warning
count-not-imported = not imported
count-not-started = not started
count-needs-person = { $count ->
    [one] needs you
   *[other] need you
}

decide-about = Which of these accounts at Trend Micro is the one for <bdi>{ $name }</bdi>? Nothing is sent until you have decided.
decide-this = This is it
decide-none-about = None of them belongs to this customer: create a new account.
decide-none = None of these
decide-none-ask = A new account will be created, and it cannot be deleted again from here. Is none of these accounts the right one?

csv-position = Position
csv-customer = Kaseya customer
csv-organization-id = Organization ID
csv-account = Trend Micro account
csv-account-id = Account ID
csv-subscription-id = Subscription ID
csv-result = Result
csv-reason = Reason
csv-next-try = Next try

record-title = What happened here
record-purpose = Every request and answer for this customer, in the order in which they happened.
record-started = Started { $when } by { $name }
record-none = Nothing has happened for this customer yet; nothing was sent to Trend Micro for it.
record-when = When
record-what = What
record-trace = Trace ID for Trend Micro
# What the record holds, by its code.
event-intended = About to be sent
event-done = Done
event-refused = Refused by Trend Micro
event-not-sent = Not sent
event-in-doubt = The answer was lost; we look before anything else is sent
event-looked = Looked for it at Trend Micro
event-adopted = Found at Trend Micro and taken over
event-absent = Surely not there; may be sent again
event-needs-person = Waiting for a decision
event-undone = Undone
event-undo-refused = Not undone
event-decided = Decided by a person
event-imported = Imported
event-imported-with-warning = imported with warning
event-given-up = given up
event-read-failed = read failed
event-no-licenses = no licenses
operation-create-account = create account
operation-create-subscription = create subscription
operation-set-units = set units
operation-initialize-product = initialize product
operation-set-notifications = set notifications
operation-apply-template = apply template

undo-purpose = { $count ->
    [one] This reverses what costs money, for { $count } customer, the last one first. It is possible until { $when }. What stays is named for each customer.
   *[other] This reverses what costs money, for { $count } customers, the last one first. It is possible until { $when }. What stays is named for each customer.
}
undo-nothing = There is nothing to undo: this import is still running, or it made nothing at Trend Micro.
undo-too-late = An import can be undone until 24 hours after its end; for this one that was { $when }. Change its subscriptions in the Licensing Management Platform's console.
undo-undecided = Decide about { $customer } first: until then nobody knows what there is to undo for it. Its question is on the page of the integration.
undo-asked = Asked for { $when } by { $name }.
undo-reversed = What is reversed
undo-stays = What stays
undo-final = An undo cannot be undone.
undo-keep = Keep everything
undo-ask = Subscriptions are suspended or reduced at once, and the protection of these customers with them. Undo the import?
undo-running = Being undone
undo-partly = Not everything could be undone
undone = Undone
not-undone = Not undone
undo-suspends = The subscription is suspended and the link removed.
undo-restores = { $count ->
    [one] The subscription has { $count } seat again, and the link is removed.
   *[other] The subscription has { $count } seats again, and the link is removed.
}
undo-unlinks = The link is removed.
event-undo-checked-again = Reversed as far as can be seen; looked at once more later
event-obeyed = Gone on with as decided
event-undo-sending = Reversal sent
event-stop-requested = Stop asked for
event-retry-requested = Taken up again
