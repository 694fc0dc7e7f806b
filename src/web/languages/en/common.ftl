# States, numbers and times.

# A moment: $month is the number of the month.
moment = { $day } { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
} { $year }, { $time } UTC
ago-now = just now
ago-minutes = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
money = { $sign }{ $currency } { $amount }
customers-count = { $count ->
    [one] { $count } customer
   *[other] { $count } customers
}

unknown = unknown
not-read = not read yet
none = none
trend-micro-default = Trend Micro default
version-trial = Trial
version-full = Full

back = Back
save = Save
next = Next
next-arrow = Next →
search = Search
customer = Customer
reference = Reference
account = Account
seats = Seats
state = State
template = Template
undo = Undo this import
# After the name of a customer: its account is called differently.
account-called = account <bdi>{ $name }</bdi>
by-whom = by <bdi>{ $name }</bdi>

item-queued = Waiting for its turn
item-creating-account = Creating the account
item-creating-subscription = Assigning the service plan
item-waiting-for-product = Waiting until Worry-Free Services is ready
item-setting-notifications = Setting the notifications
item-applying-template = Applying the template
item-checking = Checking with Trend Micro
item-waiting = Will be tried again
item-needs-credentials = Waiting for credentials
item-imported = Imported
item-imported-with-warning = Imported with a warning
item-no-licenses = Not imported: no licenses
item-refused = Failed
item-needs-person = Needs you
item-not-started = Not started

import-draft = Being prepared
import-integrating = Integrating
import-stopped = Stopped
import-completed = Completed
import-completed-with-problems = Completed with problems

run-queued = About to start
run-running = Running
run-waiting = Standing still
run-stopping = Stopping: finishing the customers under way
run-stopped = Stopped
run-finished = Finished
run-finished-with-problems = Finished with problems
