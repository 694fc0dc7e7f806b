-- An undo records that it sends before it does, and when it is tried again.

alter table undo_item add column sending boolean not null default false;
comment on column undo_item.sending is 'a request is under way, or was when its sender went';
alter table undo add column next_try_at timestamptz;
comment on column undo.next_try_at is 'when an undo that stands still is tried again';
