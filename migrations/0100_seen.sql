-- What an import was begun with: an account that is newer was not in view when its rows were decided on.

alter table import add column seen_at timestamptz;
comment on column import.seen_at is 'when the accounts had been read that the import was begun with, as newer ones of a name are asked about; null: not known';
