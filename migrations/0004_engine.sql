-- Durable work and the integration engine.

create table job (
    partner_id uuid not null references partner on delete cascade,
    job_id uuid not null,
    kind text not null check (kind in ('integrate', 'refresh_inventory', 'read_contacts')),
    -- what it works on: an import id, or empty
    subject text not null default '',
    state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
    run_at timestamptz not null default now(),
    -- how often it has been claimed without ending in order
    crashes int not null default 0,
    lease_owner uuid,
    lease_until timestamptz,
    -- grows with each claim; every write of the job names it
    epoch bigint not null default 0,
    last_error text,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    primary key (partner_id, job_id)
);
create index job_ready on job (run_at, job_id) where state = 'queued';
create index job_running on job (lease_until) where state = 'running';
-- one open job for each subject
create unique index job_open on job (partner_id, kind, subject) where state in ('queued', 'running');

-- Carrying an import out.
create table integration (
    partner_id uuid not null,
    import_id uuid not null,
    plan_hash text not null,
    -- the frozen plan
    plan jsonb not null,
    status text not null check (status in ('queued', 'running', 'waiting', 'stopping', 'stopped', 'finished')),
    -- epoch of the job that may write here
    epoch bigint not null default 0,
    waiting_code text,
    waiting_message text,
    next_try_at timestamptz,
    -- id of the last event; every change of an item takes the next one
    event_id bigint not null default 0,
    started_at timestamptz not null default now(),
    started_by text not null,
    finished_at timestamptz,
    primary key (partner_id, import_id),
    foreign key (partner_id, import_id) references import on delete cascade
);

create table integration_item (
    partner_id uuid not null,
    import_id uuid not null,
    organization_id text not null,
    position int not null,
    status text not null,
    account_id text,
    subscription_id text,
    -- steps that are done; a later step never undoes an earlier one
    subscription_done boolean not null default false,
    product_ready boolean not null default false,
    notifications_done boolean not null default false,
    template_done boolean not null default false,
    -- steps given up with a warning
    warning_code text,
    warning_message text,
    reason_code text,
    reason_message text,
    next_try_at timestamptz,
    -- consecutive tries of the present step that did not get through
    tries int not null default 0,
    -- when the present wait for the product began
    product_wait_since timestamptz,
    -- accounts to choose from when a person has to decide
    candidates jsonb not null default '[]',
    -- a person's decision that the next run obeys
    decision jsonb,
    event_id bigint not null default 0,
    updated_at timestamptz not null default now(),
    primary key (partner_id, import_id, organization_id),
    foreign key (partner_id, import_id) references integration on delete cascade
);
create index integration_item_event on integration_item (partner_id, import_id, event_id);

-- One intended upstream write, recorded before it is sent.
create table operation (
    partner_id uuid not null,
    operation_id uuid not null,
    import_id uuid not null,
    organization_id text not null,
    kind text not null check (kind in ('create_account', 'create_subscription', 'set_units', 'initialize_product', 'set_notifications', 'apply_template')),
    state text not null check (state in ('intended', 'done', 'refused', 'in_doubt', 'absent', 'needs_person')),
    attempt int not null default 1,
    -- epoch of the job that intended it
    epoch bigint not null,
    intended_at timestamptz not null default now(),
    -- the time the last request was signed with, by the vendor's clock
    signed_at timestamptz,
    trace_id uuid,
    -- looks for the effect of an outcome in doubt: how many, the last, the next
    looks int not null default 0,
    -- first look after the settle time that found nothing
    absent_look_at timestamptz,
    -- since when the outcome is in doubt; never before the request was signed
    in_doubt_at timestamptz,
    next_look_at timestamptz,
    -- id the vendor gave, once known
    result_id text,
    detail text,
    settled_at timestamptz,
    primary key (partner_id, operation_id),
    foreign key (partner_id, import_id, organization_id) references integration_item on delete cascade
);
-- R2: one open operation per organization and kind
create unique index operation_open on operation (partner_id, organization_id, kind) where state in ('intended', 'in_doubt', 'needs_person');
create index operation_of_organization on operation (partner_id, organization_id, kind);
create index operation_of_item on operation (partner_id, import_id, organization_id, intended_at);

-- What happened, in order: for the Complete screen and the vendor's support.
create table operation_log (
    partner_id uuid not null,
    log_id bigint generated always as identity,
    import_id uuid not null,
    organization_id text not null,
    operation_id uuid,
    at timestamptz not null default now(),
    -- intended, done, refused, not_sent, in_doubt, looked, adopted, absent, needs_person, decided, imported …
    event text not null,
    detail text,
    trace_id uuid,
    primary key (partner_id, log_id),
    foreign key (partner_id, import_id, organization_id) references integration_item on delete cascade
);
create index operation_log_of_item on operation_log (partner_id, import_id, organization_id, log_id);
