-- Taking an import back.

alter table job drop constraint job_kind_check;
alter table job add constraint job_kind_check check (kind in ('integrate', 'refresh_inventory', 'read_contacts', 'undo'));

create table undo (
    partner_id uuid not null,
    import_id uuid not null,
    -- waiting: the vendor cannot be used now
    status text not null check (status in ('queued', 'waiting', 'finished')),
    waiting_code text,
    waiting_message text,
    requested_by text not null,
    requested_at timestamptz not null default now(),
    finished_at timestamptz,
    primary key (partner_id, import_id),
    foreign key (partner_id, import_id) references integration on delete cascade
);

create table undo_item (
    partner_id uuid not null,
    import_id uuid not null,
    organization_id text not null,
    organization_name text not null,
    position int not null,
    -- what is reversed, and what stays
    reversal jsonb not null,
    remains jsonb not null,
    status text not null default 'queued' check (status in ('queued', 'undone', 'refused')),
    reason_code text,
    reason_message text,
    -- tries that did not get through
    tries int not null default 0,
    primary key (partner_id, import_id, organization_id),
    foreign key (partner_id, import_id) references undo on delete cascade
);
