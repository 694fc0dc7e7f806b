-- The upkeep also says of an undo that nobody works on that it is halted.

select allow_across('undo', 'upkeep', 'select');
select allow_across('undo', 'upkeep', 'update');
