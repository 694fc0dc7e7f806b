-- Work that nobody waits for: it comes after everything that people asked for, and never takes all places of a worker.
alter table job add column background boolean not null default false;
