# Customers, with and without an account, and the list of imports.

customers-purpose = Kaseya customers without a Trend Micro account. Tick some and import them: nothing is sent to Trend Micro before you have seen the plan.
customers-not-linked = Non-Trend Micro Customers
customers-linked = Trend Micro Customers
customers-import = Import to Trend Micro
customers-tick-one = Tick at least one customer, then press Import to Trend Micro.
customers-search = Search customers
customers-search-by = Name, reference or e-mail
customers-same-name = With an account of the same name
customers-show-own = Show VSA's own organizations ({ $count })
customers-match = { $count ->
    [one] { $count } customer matches
   *[other] { $count } customers match
}
customers-none = There are no customers here. Customers that are already imported are under Trend Micro Customers; new ones appear after a refresh.
customers-none-same-name = No customer here has the name of a free account. Untick “With an account of the same name” to see all.
customers-none-match = No customer matches “<bdi>{ $search }</bdi>”. Search for something else, or empty the search.
customers-select-all = Select all { $count } that match
customers-select-many = Select all { $count } that match; only the first 1,000 fit into one import
endpoints = Endpoints

list-selected = Selected
list-select-page = Select all customers on this page
list-contact = Contact
list-best-match = Best match
list-in-import = In a running import
list-vsa-own = VSA's own
list-previous = ← Previous
list-stays = What is ticked stays ticked.
list-carried = { $count } selected, not shown here

freshness-refresh = Refresh
freshness-running = Being read from VSA and Trend Micro
freshness-progress = Progress
freshness-done = { $done } of { $total }
freshness-so-far = { $done } so far
freshness-reload = Reload
freshness-failed = The last refresh did not work.
freshness-read = Read { $ago } ({ $when })
freshness-never = Customers and accounts have not been read completely yet.
freshness-incomplete = The last reading did not see every customer.
freshness-hidden = { $count ->
    [one] { $count } endpoint belong to customers that the plug-in's VSA user may not see.
   *[other] { $count } endpoints belong to customers that the plug-in's VSA user may not see.
}

linked-purpose = Customers with a Trend Micro account, and how many of their seats are in use.
linked-search-by = Customer or account
linked-drifting = Only seats short or idle
linked-none = No customer has a Trend Micro account yet. Tick customers under <a href="{ $base }/customers">Non-Trend Micro Customers</a> and import them.
linked-none-match = No customer matches “<bdi>{ $search }</bdi>”.
linked-none-drifts = Nothing to see to: no customer has too few seats, or more than half of them idle.
linked-no-match-drifts = Nothing to see to: no customer that matches has too few seats, or more than half of them idle.
linked-plan = Service plan
linked-seats = Seats in use
linked-imported = Imported
linked-of = { $endpoints } of { $seats }
linked-short = { $count ->
    [one] { $count } seat short
   *[other] { $count } seats short
}
linked-idle = { $count ->
    [one] { $count } seat spare
   *[other] { $count } seats spare
}
linked-spare = { $count } spare
linked-none-spare = none spare

imports-purpose = Every import, the newest first. One that is not finished can be gone on with where it was left.
imports-new = New import
imports-none = There are no imports yet. Tick customers under <a href="{ $base }/customers">Customers</a>, or begin a new import here.
imports-begun = Begun
imports-look = Look at the plan and integrate
imports-older = Older →

choose-about = Tick the customers you want to import. Nothing is selected yet, and nothing is sent to Trend Micro before you press Integrate on the last step.
choose-add-about = Tick the customers to add. Customers that are in this import already stay in it.
choose-back = Back without adding
choose-add = Add the ticked customers
choose-tick-one = Tick at least one customer.

start = Start
start-purpose = Integrate Kaseya customers with Trend Micro accounts, step by step. Nothing is sent to Trend Micro before you press Integrate at the end.
start-go-on = Go on with an import
linked-first = ← First page
