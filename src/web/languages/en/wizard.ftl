# The steps of the wizard before Integrate.

steps = Steps
step-accounts = Accounts
step-notifications = Notifications
step-plans = Service plans
step-templates = Templates
step-integration = Integration
integrate = Integrate
set-for-all = Set for all
needs-attention = Needs attention
nothing = nothing
yes = yes
no = no

problems-title = { $count ->
    [one] { $count } field needs attention
   *[other] { $count } fields need attention
}
problems-more = and { $count } more; each is marked below

field-optional = (optional)
field-company-name = Company name
field-company-address = Address
field-company-city = City
field-company-state = State or region
field-company-postal-code = Postal code
field-company-country = Country code
field-contact-first-name = Contact's first name
field-contact-last-name = Contact's last name
field-contact-email = Contact's e-mail address

accounts-title = Integrate Kaseya Customers with Trend Micro Accounts
accounts-purpose = { $count ->
    [one] { $count } customer. Choose for each whether it gets a new Trend Micro account or one that exists. Nothing is sent to Trend Micro before you press Integrate on the last step.
   *[other] { $count } customers. Choose for each whether it gets a new Trend Micro account or one that exists. Nothing is sent to Trend Micro before you press Integrate on the last step.
}
accounts-all-assigned = Every Trend Micro account is assigned to a customer already, so only new accounts can be chosen. That is normal.
accounts-pending = { $count ->
    [one] { $count } contact still being read from VSA; blanks may fill by themselves, and Fill the blanks leaves these customers out. Save what you entered, then <a href="{ $address }/accounts">reload</a>.
   *[other] { $count } contacts still being read from VSA; blanks may fill by themselves, and Fill the blanks leaves these customers out. Save what you entered, then <a href="{ $address }/accounts">reload</a>.
}
accounts-fill = Fill the blanks from my company
accounts-accept = Accept all exact matches ({ $count })
accounts-add = Add customers
accounts-fill-all = Fill the blanks of all rows with the same values
accounts-fill-these = Fill these blanks
accounts-fill-these-about = Only fields that are blank are filled; what is entered or read from VSA stays.
accounts-choose = Choose an account…
accounts-create = + Create a new Trend Micro Account
accounts-endpoints = { $count } endpoints
accounts-account-of = Trend Micro Customer Account of { $name }
accounts-another = Another account
accounts-another-for = Search another account for { $name }
accounts-remove = Remove
accounts-remove-name = Remove { $name } from this import
accounts-details = Details of the new account

account-search-title = Choose a Trend Micro account
account-search-about = For <strong dir="auto">{ $name }</strong>. Accounts that belong to another customer are not offered.
account-search-back = Back to the row
account-search-label = Search accounts
account-search-none = No free account matches. Search for another part of its name, or go back and create a new account.
account-search-why = Why
account-search-choose = Choose
account-search-choose-name = Choose { $name }
account-search-more = There may be more. Search for a longer part of the name.

notifications-title = Trend Micro Customer Notifications
notifications-purpose = Who gets the notifications about these customers?
notifications-no-manager = Remote Manager is not connected, so only the contact of new accounts is set; the recipients of Worry-Free notifications stay as Trend Micro sets them.
notifications-to-me = Send all customer notifications to my email address <bdi>({ $email })</bdi>
notifications-to-me-about = Ticked: your address becomes the contact of accounts that are created, and gets the notifications of every account in this import. Not ticked: each customer's own address.
notifications-own = The customer's own e-mail address
notifications-address = E-mail address

pools-title = License pools
pools-product = Product
pools-available = Available
pools-requested = Requested
pools-assigned = Assigned
pools-left = Left
pools-enough = Enough?
pools-unknown = Trend Micro does not say how many there are; that is not zero
pools-requested-of = Requested of { $product }
pools-of = { $requested } of { $available }
pools-short = Does not suffice
pools-reserved = { $available }, of which { $reserved } are reserved for an import that is running

plans-title = Assign Service Plan
plans-rule = Seats are the endpoints plus { $margin } %, rounded up, and at least { $minimum }.
plans-purpose = { $count ->
    [one] Each number can be changed. { $count } customer, <span data-total>{ $seats }</span> seats in all.
   *[other] Each number can be changed. { $count } customers, <span data-total>{ $seats }</span> seats in all.
}
plans-short = { $count ->
    [one] The licenses do not suffice for <span data-left-out>{ $count } customer</span>. Only the first customers in the list, as far as the licenses go, will be imported. Change the order, the seats or the plans, or add licenses.
   *[other] The licenses do not suffice for <span data-left-out>{ $count } customers</span>. Only the first customers in the list, as far as the licenses go, will be imported. Change the order, the seats or the plans, or add licenses.
}
plans-cut = The licenses end here for at least one product. Rows marked below are not imported.
plans-for-all = One plan for all
plans-recompute = Compute all seats anew
plans-keep = Keep the seats that accounts have
plans-place = Place
plans-plan = Service Plan
plans-how = How
plans-order = Order
plans-drag = Drag to another place
plans-no-licenses = No licenses
plans-choose = Choose a service plan…
plans-place-of = Place of { $name }
plans-plan-of = Service plan of { $name }
plans-seats-of = Seats of { $name }
plans-up = Move { $name } up
plans-down = Move { $name } down
plans-no-number = Enter a whole number of seats from 1 to 999,999. Until then the number from before is kept.
plans-endpoints = { $count ->
    [one] { $count } endpoint
   *[other] { $count } endpoints
}
plans-endpoints-not-read = endpoints not read yet
plans-seats = { $count ->
    [one] { $count } seat
   *[other] { $count } seats
}
plans-minimum = { $endpoints }: minimum of { $seats }
plans-margin = { $endpoints } + { $margin } % = { $seats }
plans-entered = entered; { $how }
plans-keeps = { $count ->
    [one] has { $count } seat already; nothing changes
   *[other] has { $count } seats already; nothing changes
}
plans-changes = { $before } → { $seats }
plans-changes-to = changes to { $seats }

templates-title = Assign Template
templates-purpose = { $count ->
    [one] { $count } customer. Choose the settings that each account starts with, then look at the plan.
   *[other] { $count } customers. Choose the settings that each account starts with, then look at the plan.
}
templates-no-manager = Remote Manager is not connected, so templates are not offered. New accounts start with Trend Micro's default.
templates-of = { $count ->
    [one] Templates of { $count } customer
   *[other] Templates of { $count } customers
}
templates-for-all = One template for all
templates-template-of = Template of { $name }
templates-gone = { $id } (not available)
templates-warns = The account existed before: its settings may have been customized. Verify them afterwards.
templates-save = Save and compute the plan anew
templates-next = Next: look at the plan

summary-title = What Integrate will do
summary-changed = The plan has changed since you looked at it
summary-changed-about = Nothing was sent to Trend Micro. Look at the plan as it is now, and press Integrate again.
summary-blocked = The plan cannot be computed yet
summary-capped = Too much at once: Integrate would be refused
summary-monthly = <strong>{ $amounts }</strong> a month by your price list.
summary-without = Not in it: { $what }.
summary-no-price = { $plan } has no price in your list
summary-seats-not-known = { $count ->
    [one] the seats of { $count } customer before are not known
   *[other] the seats of { $count } customers before are not known
}
summary-not-known = not known
summary-by-rule = { $count } of these seats come from the rule: { $margin } % more than the endpoints, and at least { $minimum } for each customer.
summary-imported = Will be imported
summary-left-out = Will not be imported
summary-left-out-about = Only the first customers in the list, as far as the licenses go, will be imported. Nothing is created for these; add licenses, or move them up the list:
summary-done = What is done
summary-read = Computed from what was read at { $when }.
summary-warning = { $count ->
    [one] Integrate { $count } customer: subscriptions cost money from now on, and accounts cannot be deleted again from here.
   *[other] Integrate { $count } customers: subscriptions cost money from now on, and accounts cannot be deleted again from here.
}
total-customers = Customers to import
total-create = Accounts to create
total-link = Accounts to link
total-subscriptions = New subscriptions
total-changes = Subscriptions to change
total-seats = Seats in total
total-left-out = Customers left out
action-create-account = create account
action-link-account = link account
action-create-subscription = assign service plan
action-set-units = change seats
action-set-notifications = set notifications
action-apply-template = apply template

stale-title = The import was changed in the meantime
stale-about = Somebody else, or you in another tab, saved this import after you had opened it. Nothing of yours was stored yet, and nothing is lost.
stale-more = and { $count } more changes.
stale-drop = Drop mine and show the import as it is now
stale-save = Save mine over it
changed-what = What
changed-before = Was
changed-after = Is now
changed-row = row
changed-entries = { $count } entries
changed-details = details
# Names of fields, as the differences of two versions name them.
changed-company-name = company name
changed-company-address = company address
changed-company-city = company city
changed-company-state = company state
changed-company-postal-code = company postal code
changed-company-country = company country
changed-contact-first-name = contact first name
changed-contact-last-name = contact last name
changed-contact-email = contact email
changed-account-id = account id
changed-recipient-email = recipient email
changed-service-plan-id = service plan id
changed-template-id = template id
changed-seats = seats
changed-position = position
changed-send-all-to-partner = send all to partner
