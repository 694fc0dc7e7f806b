-- Who went without licenses since somebody last pressed Retry: nobody after it in its pool gets any, whoever carries the run out.

alter table integration_item add column went_without boolean not null default false;
